using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Calls to servers that know nothing of TLS, by a sidecar that agrees to HTTP/2 for whatever it hands on, as Consul's own does.</summary>
public sealed class SidecarTests
{
    private readonly TestAuthority _authority = TestAuthority.Root();

    [Theory]
    [InlineData("http://catalog/items?x=1", "1.1", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("https://catalog/items?x=1", "1.1", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("http://catalog/items?x=1", "2.0", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("https://catalog/items?x=1", "2.0", HttpVersionPolicy.RequestVersionOrLower)]
    [InlineData("http://catalog/items?x=1", "1.1", HttpVersionPolicy.RequestVersionOrHigher)]
    public Task A_server_of_HTTP1_is_called_by_it_unless_the_caller_insists_on_more(string url, string version, HttpVersionPolicy policy) =>
        ServedAsync(HttpProtocols.Http1, url, version, policy);

    [Theory]
    [InlineData("http://catalog/items?x=1", HttpVersionPolicy.RequestVersionExact)]
    [InlineData("https://catalog/items?x=1", HttpVersionPolicy.RequestVersionExact)]
    [InlineData("http://catalog/items?x=1", HttpVersionPolicy.RequestVersionOrHigher)]
    public Task A_server_of_HTTP2_is_called_by_a_caller_that_insists_on_it(string url, HttpVersionPolicy policy) => ServedAsync(HttpProtocols.Http2, url, "2.0", policy);

    [Fact]
    public async Task A_synchronous_call_is_served_as_well()
    {
        await using var server = await TestServer.StartAsync("catalog-1");
        await using var sidecar = new Sidecar(server.Port, _authority.Issue("catalog"));
        await using var app = await StartAsync(sidecar);

        using var response = app.Client().Send(new HttpRequestMessage(HttpMethod.Get, "http://catalog/"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_sidecar_of_another_service_is_refused_and_hands_nothing_on()
    {
        await using var server = await TestServer.StartAsync("catalog-1");
        await using var sidecar = new Sidecar(server.Port, _authority.Issue("pricing"));
        await using var app = await StartAsync(sidecar);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetAsync("http://catalog/"));

        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
        Assert.Equal(PeerVerdict.OtherIdentity, Causes(error).OfType<MeshIdentityException>().Single().Verdict);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_denial_is_told_as_one(string version)
    {
        await using var server = await TestServer.StartAsync("catalog-1", protocols: HttpProtocols.Http1);
        await using var sidecar = new Sidecar(server.Port, _authority.Issue("catalog"), accepts: false);
        await using var app = await StartAsync(sidecar);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { Version = new Version(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().SendAsync(request));

        Assert.Contains("denied by the peer", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    private async Task ServedAsync(HttpProtocols protocols, string url, string version, HttpVersionPolicy policy)
    {
        await using var server = await TestServer.StartAsync("catalog-1", protocols: protocols);
        await using var sidecar = new Sidecar(server.Port, _authority.Issue("catalog"));
        await using var app = await StartAsync(sidecar);
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = new Version(version), VersionPolicy = policy };

        using var response = await app.Client().SendAsync(request);

        Assert.Equal("catalog-1", await response.Content.ReadAsStringAsync());
        Assert.Equal(url, request.RequestUri!.ToString());
        var seen = Assert.Single(server.Requests);
        Assert.Equal((protocols == HttpProtocols.Http2 ? "HTTP/2" : "HTTP/1.1", "catalog", "/items?x=1"), (seen.Protocol, seen.Host, seen.Target));
    }

    private async Task<MeshApp> StartAsync(Sidecar sidecar)
    {
        var app = await MeshApp.StartAsync(
            new() { ["Upstreams:catalog:Service"] = "catalog", ["Service:Name"] = "web", ["Security:Mode"] = "Strict" },
            before: services => services.AddSingleton<IIdentitySource>(GivenIdentity.Of(_authority.Issue("web"), _authority)));
        app.Registry.Say("catalog", new Endpoint { InstanceId = "catalog-1", Host = "127.0.0.1", Port = sidecar.Port, TakesMutualTls = true, IsSidecar = true });
        return app;
    }

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }

    /// <summary>Takes mutual TLS on a port of its own and hands the bytes on to another, in plain text.</summary>
    private sealed class Sidecar : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly List<Task> _connections = [];
        private readonly Task _accepting;

        public Sidecar(int target, TestLeaf leaf, bool accepts = true)
        {
            _listener.Start();
            _accepting = AcceptAsync(target, leaf, accepts);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            _listener.Dispose();
            await _accepting;
            await Task.WhenAll(_connections);
            _end.Dispose();
        }

        private async Task AcceptAsync(int target, TestLeaf leaf, bool accepts)
        {
            try
            {
                while (true)
                    _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token), target, leaf, accepts));
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task ServeAsync(TcpClient caller, int target, TestLeaf leaf, bool accepts)
        {
            using var server = new TcpClient();
            try
            {
                await using var tls = new SslStream(caller.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
                    ClientCertificateRequired = true,
                    ApplicationProtocols = [SslApplicationProtocol.Http2],
                    RemoteCertificateValidationCallback = (_, _, _, _) => accepts,
                }, _end.Token);
                await server.ConnectAsync(IPAddress.Loopback, target, _end.Token);
                await Task.WhenAny(tls.CopyToAsync(server.GetStream(), _end.Token), server.GetStream().CopyToAsync(tls, _end.Token));
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
            {
                // Either side has gone, or was refused.
            }
            finally
            {
                caller.Dispose();
            }
        }
    }
}
