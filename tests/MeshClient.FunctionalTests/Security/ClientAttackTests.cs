using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>
/// What a strict client must not speak to, the matrix of <see cref="BadCertificate"/> and peers that make no handshake: each is refused with its reason in
/// the log and in the call's error, no request reaches it, and the next good instance is called.
/// </summary>
public sealed class ClientAttackTests
{
    private const int PeerRefused = 1680, DeniedByPeer = 1681;

    private static readonly TestAuthority s_root = TestAuthority.Root();
    private static readonly TestAuthority s_authority = s_root.Intermediate();

    public static TheoryData<string> Certificates => [.. BadCertificate.Names];

    public static TheoryData<string, string, string> Peers => new()
    {
        { "plain text", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "Expected a TLS handshake" },
        { "a garbage first byte", "\u00FF\0A and more of it", "Expected a TLS handshake" },
        { "TLS 1.1", Tls11Hello, "Expected a TLS handshake" },
        { "silence", "", "within Transport:ConnectTimeout" },
        { "silence in the middle", "\u0016\u0003\u0003\0\u0040", "within Transport:ConnectTimeout" },
    };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task A_server_whose_certificate_proves_nothing_is_refused(string name)
    {
        var certificate = BadCertificate.Of(name);
        await RefusedAsync(certificate.Make(new(s_authority, "catalog", LeafRequest.ClientAuthentication)), certificate.Found);
    }

    [Theory]
    [InlineData("catalog", "dc2")]
    [InlineData("pricing", "dc1")]
    [InlineData("Catalog", "dc1")]
    public Task A_server_that_is_another_workload_is_refused(string service, string datacenter) =>
        RefusedAsync(s_authority.Issue(new LeafRequest { Service = service, Datacenter = datacenter }), PeerVerdict.OtherIdentity, $"dc/{datacenter}/svc/{service}", "dc/dc1/svc/catalog");

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task A_peer_that_makes_no_handshake_is_given_up(string what, string answer, string reason)
    {
        Assert.NotEmpty(what);
        await using var peer = RawServer.Start(async socket =>
        {
            await socket.ReceiveAsync(new byte[4096]);
            await socket.SendAsync(Encoding.Latin1.GetBytes(answer));
        });
        await using var app = await StartAsync(peer.Endpoint("catalog-1"));

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetAsync("http://catalog/"));

        Assert.Contains("no connection to", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, Assert.Single(app.Log.Of(PeerRefused)).Text, StringComparison.Ordinal);
        await GoodAsync(app);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "1.1")]
    [InlineData(HttpProtocols.Http2, "2.0")]
    public async Task A_peer_that_refuses_this_process_is_told_apart(HttpProtocols protocols, string version)
    {
        await using var server = await ServeAsync(s_authority.Issue("catalog"), accepts: false, protocols);
        await using var app = await StartAsync(server.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { Version = new Version(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().SendAsync(request));

        Assert.Contains("denied by the peer", error.Message, StringComparison.Ordinal);
        Assert.Contains("denied by the peer", Assert.Single(app.Log.Of(DeniedByPeer)).Text, StringComparison.Ordinal);
        Assert.Empty(app.Log.Of(PeerRefused));
        await GoodAsync(app);
    }

    [Theory]
    [InlineData("http/1.1", "1.1")]
    [InlineData("h2", "2.0")]
    public async Task A_service_that_refuses_this_process_by_an_alert_is_told_so_and_not_blamed(string alpn, string version)
    {
        var started = await OpenSslServer.StartAsync(s_authority.Issue("catalog"), trusted: TestAuthority.Root(), alpn);
        Assert.SkipWhen(started is null, "There is no openssl on this machine.");
        await using var server = started;
        await using var app = await StartAsync(server.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { Version = new Version(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var report = request.ReportMeshCall();

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().SendAsync(request));

        Assert.Contains("refused this process (3 attempts)", error.Message, StringComparison.Ordinal);
        Assert.Contains("denied by the peer", error.Message, StringComparison.Ordinal);
        Assert.Contains("alert unknown ca", error.Message, StringComparison.Ordinal);
        Assert.Equal(CallEnd.Denied, report.End);
        Assert.All(report.Attempts, a => Assert.Equal("Denied", a.Result));
        Assert.Equal(0, app.Endpoint("catalog-1")!.Runs.Errors);
        Assert.Contains("alert unknown ca", Assert.Single(app.Log.Of(DeniedByPeer)).Text, StringComparison.Ordinal);
        await GoodAsync(app);
    }

    [Fact]
    public async Task One_that_refuses_this_process_by_mistake_costs_no_call_and_gets_few()
    {
        // Its roots are behind.
        var started = await OpenSslServer.StartAsync(s_authority.Issue("catalog"), trusted: TestAuthority.Root(), "http/1.1");
        Assert.SkipWhen(started is null, "There is no openssl on this machine.");
        await using var sick = started;
        await using var good = await ServeAsync(s_authority.Issue("catalog"));
        await using var app = await StartAsync(sick.Endpoint with { InstanceId = "sick" });
        app.Registry.Say("catalog", sick.Endpoint with { InstanceId = "sick" }, good.Endpoint with { InstanceId = "good" });
        var atSick = 0;

        for (var i = 0; i < 200; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://catalog/") { Content = new StringContent("order") };
            var report = request.ReportMeshCall();
            using var response = await app.Client().SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            atSick += report.Attempts.Count(a => a.Endpoint.InstanceId == "sick");
        }

        // A half is its share.
        Assert.InRange(atSick, 1, 20);
    }

    private static async Task RefusedAsync(TestLeaf leaf, PeerVerdict? verdict, params string[] told)
    {
        await using var server = await ServeAsync(leaf);
        await using var app = await StartAsync(server.Endpoint);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetAsync("http://catalog/"));

        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
        var identity = Causes(error).OfType<MeshIdentityException>().FirstOrDefault();
        Assert.Equal((verdict, false), (identity?.Verdict, identity?.IsOwn ?? false));
        var logged = Assert.Single(app.Log.Of(PeerRefused)).Text;
        // What is logged was the first attempt's, and the time goes on.
        Assert.Contains(identity?.Message.Split("; now is")[0] ?? "Expected a TLS handshake", logged, StringComparison.Ordinal);
        Assert.All(told, text => Assert.Contains(text, logged, StringComparison.Ordinal));
        Assert.Empty(server.Requests);
        await GoodAsync(app);
    }

    // The same application, and the same client of it, calls a good instance.
    private static async Task GoodAsync(MeshApp app)
    {
        await using var good = await ServeAsync(s_authority.Issue("catalog"));
        app.Registry.Say("catalog", good.Endpoint with { InstanceId = "good" });
        await Eventually.True(() => app.Endpoint("good") is not null);
        Assert.Equal(HttpStatusCode.OK, (await app.Client().GetAsync("http://catalog/")).StatusCode);
    }

    private static async Task<MeshApp> StartAsync(Endpoint catalog)
    {
        var app = await MeshApp.StartAsync(
            new()
            {
                ["Service:Name"] = "web",
                ["Security:Mode"] = "Strict",
                ["Upstreams:catalog:Transport:ConnectTimeout"] = "00:00:00.500",
            },
            before: services => services.AddSingleton<IIdentitySource>(GivenIdentity.Of(s_authority.Issue("web"), s_root)));
        app.Registry.Say("catalog", catalog);
        return app;
    }

    private static Task<TestServer> ServeAsync(TestLeaf leaf, bool accepts = true, HttpProtocols protocols = HttpProtocols.Http1) => TestServer.StartAsync(
        "catalog-1", protocols: protocols, configure: builder => builder.WebHost.UseKestrelHttpsConfiguration(), listen: options => options.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(leaf.Certificate, leaf.Sent, offline: true),
                ApplicationProtocols = protocols == HttpProtocols.Http2 ? [SslApplicationProtocol.Http2] : null,
                ClientCertificateRequired = true,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = (_, _, _, _) => accepts,
            }),
        }));

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }

    // A server that agrees on 1.1 (0x0302) at most: version, 32 random bytes, no session, a suite of that time, no compression.
    private static string Tls11Hello =>
        Encoding.Latin1.GetString([0x16, 0x03, 0x02, 0, 42, 2, 0, 0, 38, 0x03, 0x02, .. new byte[32], 0, 0xC0, 0x0A, 0]);
}
