using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Model;

namespace MeshClient.Tests.Consul.Api;

/// <summary>What only real connections show.</summary>
public sealed class ConsulHandlersTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_small_gzip_that_unpacks_beyond_the_limit_is_given_up()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync("["u8.ToArray(), Cancellation);
            var spaces = new byte[1 << 20];
            Array.Fill(spaces, (byte)' ');
            for (var i = 0; i < 65; i++)
                await gzip.WriteAsync(spaces, Cancellation);
        }
        using var agent = new OneAnswer("Content-Encoding: gzip\r\n", packed.ToArray());
        var error = await Assert.ThrowsAsync<ConsulException>(() => AskAsync(new ConsulOptions { Address = agent.Address }));
        Assert.Contains("at most 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_stops_half_way_is_an_error()
    {
        using var agent = new OneAnswer("", Encoding.UTF8.GetBytes(Recorded.WebWithoutAddress)[..300], claimed: 788);
        var error = await Assert.ThrowsAsync<ConsulException>(() => AskAsync(new ConsulOptions { Address = agent.Address }));
        Assert.True(error.AgentAway);
    }

    [Fact]
    public async Task A_unix_socket_is_connected_to()
    {
        var path = Path.Combine(_folder.FullName, "agent.sock");
        using var agent = new OneAnswer("", Encoding.UTF8.GetBytes(Recorded.WebWithoutAddress), endPoint: new UnixDomainSocketEndPoint(path));
        Assert.Single((await AskAsync(new ConsulOptions { Address = $"unix://{path}" })).Entries);
    }

    [Theory]
    [InlineData("server.dc1.consul", true, true)]
    [InlineData("other.consul", true, false)]
    [InlineData("server.dc1.consul", false, false)]
    public async Task The_agents_certificate_must_come_from_the_authority_and_bear_the_name(string name, bool trusted, bool accepted)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("server.dc1.consul");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.Now.AddDays(-1), DateTimeOffset.Now.AddDays(1));
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = new CertificateRequest("CN=other", otherKey, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.Now.AddDays(-1), DateTimeOffset.Now.AddDays(1));
        var ca = Path.Combine(_folder.FullName, "ca.pem");
        await File.WriteAllTextAsync(ca, (trusted ? certificate : other).ExportCertificatePem(), Cancellation);

        using var agent = new OneAnswer("", Encoding.UTF8.GetBytes(Recorded.WebWithoutAddress), certificate: certificate);
        var options = new ConsulOptions { Address = agent.Address.Replace("http:", "https:", StringComparison.Ordinal), Tls = { CaFile = ca, ServerName = name } };
        if (accepted)
        {
            Assert.Single((await AskAsync(options)).Entries);
            return;
        }
        var error = await Assert.ThrowsAsync<ConsulException>(() => AskAsync(options));
        Assert.Contains("Mesh:Consul:Tls", error.Message, StringComparison.Ordinal);
        Assert.False(error.AgentAway);
    }

    private static async Task<HealthAnswer> AskAsync(ConsulOptions options)
    {
        using var client = new ConsulClient(ConsulSettings.Resolve(options, _ => null), TimeProvider.System);
        return await client.Health.ServiceAsync(new HealthQuery(new ServiceName("web"), 0, default), Cancellation);
    }

    /// <summary>Gives the same answer to every connection and closes it.</summary>
    private sealed class OneAnswer : IDisposable
    {
        private readonly Socket _listener;

        public OneAnswer(string headers, byte[] body, int? claimed = null, EndPoint? endPoint = null, X509Certificate2? certificate = null)
        {
            endPoint ??= new IPEndPoint(IPAddress.Loopback, 0);
            _listener = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            _listener.Bind(endPoint);
            _listener.Listen();
            var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Consul-Index: 7\r\n{headers}Connection: close\r\nContent-Length: {claimed ?? body.Length}\r\n\r\n";
            _ = ServeAsync([.. Encoding.ASCII.GetBytes(head), .. body], certificate);
        }

        public string Address => $"http://{_listener.LocalEndPoint}";

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync(byte[] answer, X509Certificate2? certificate)
        {
            while (true)
            {
                try
                {
                    var socket = await _listener.AcceptAsync();
                    await using Stream plain = new NetworkStream(socket, ownsSocket: true);
                    await using var tls = certificate is null ? null : new SslStream(plain);
                    if (tls is not null)
                        await tls.AuthenticateAsServerAsync(certificate!);
                    var stream = tls ?? plain;
                    _ = await stream.ReadAsync(new byte[4096]);
                    await stream.WriteAsync(answer);
                }
                catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client went away, as it should.
                }
                catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
