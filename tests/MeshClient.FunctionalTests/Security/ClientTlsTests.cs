using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Calls by mutual TLS to real servers: who is called must be exactly who it must be, and proves it by its certificate alone.</summary>
public sealed class ClientTlsTests
{
    private readonly TestAuthority _authority = TestAuthority.Root();

    [Theory]
    [InlineData(HttpProtocols.Http1, "1.1")]
    [InlineData(HttpProtocols.Http2, "2.0")]
    public async Task An_http_url_goes_by_mutual_tls_and_is_found_unchanged(HttpProtocols protocols, string version)
    {
        await using var server = await ServeAsync(Leaf("catalog"), protocols);
        X509Certificate2? caller = null;
        string? scheme = null;
        server.Handle = context =>
        {
            caller = context.Connection.ClientCertificate;
            scheme = context.Request.Scheme;
            return context.Response.WriteAsync("hello");
        };
        await using var app = await StartAsync(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/a%20b/%2F..?x=%C3%A4&y=1#part") { Version = new Version(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await app.Client().SendAsync(request);
        Assert.Equal("hello", await response.Content.ReadAsStringAsync());
        Assert.Equal("http://catalog/a%20b/%2F..?x=%C3%A4&y=1#part", request.RequestUri!.AbsoluteUri);
        Assert.Equal("https", scheme);
        Assert.Equal("/a%20b/%2F..?x=%C3%A4&y=1", server.Requests.Single().Target);
        Assert.Equal(PeerVerdict.Accepted, PeerCertificate.ReadIdentity(caller!, out var id, out _));
        Assert.Equal("web", id!.Service);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1, "1.1")]
    [InlineData(HttpProtocols.Http2, "2.0")]
    public async Task A_request_that_would_like_HTTP3_is_answered_by_mutual_tls(HttpProtocols protocols, string version)
    {
        await using var server = await ServeAsync(Leaf("catalog"), protocols);
        await using var app = await StartAsync(server);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://catalog/") { Version = HttpVersion.Version30 };
        using var response = await app.Client().SendAsync(request);
        Assert.Equal(new Version(version), response.Version);
        Assert.Single(server.Requests);

        using var exact = new HttpRequestMessage(HttpMethod.Get, "https://catalog/") { Version = HttpVersion.Version30, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var error = await Assert.ThrowsAnyAsync<HttpRequestException>(() => app.Client().SendAsync(exact));
        Assert.Equal(HttpRequestError.VersionNegotiationError, error.HttpRequestError);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_url_whose_path_is_to_stay_as_it_is_goes_as_it_is()
    {
        await using var server = await ServeAsync(Leaf("catalog"));
        await using var app = await StartAsync(server);
        var asItIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var response = await app.Client().GetAsync(new Uri("http://catalog/a%2Eb/../c?x=%41", asItIs));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("/a%2Eb/../c?x=%41", server.Requests.Single().Target);
    }

    [Fact]
    public async Task A_plain_server_is_not_spoken_to_in_strict_mode()
    {
        await using var server = await TestServer.StartAsync("plain");
        await using var app = await StartAsync(server);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetAsync("http://catalog/"));
        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Permissive_speaks_by_tls_to_those_that_take_it_and_plainly_to_the_others()
    {
        await using var secure = await ServeAsync(Leaf("catalog"));
        await using var plain = await TestServer.StartAsync("plain");
        await using var app = await StartAsync("Permissive", GivenIdentity.Of(Leaf("web"), _authority));
        app.Registry.Say("catalog", [secure.Endpoint with { TakesMutualTls = true }, plain.Endpoint]);
        for (var i = 0; i < 20; i++)
            Assert.Equal(HttpStatusCode.OK, (await app.Client().GetAsync("http://catalog/")).StatusCode);
        Assert.NotEmpty(secure.Requests);
        Assert.NotEmpty(plain.Requests);
    }

    [Fact]
    public async Task Without_a_certificate_of_its_own_a_call_waits_and_then_fails_without_blaming_anybody()
    {
        await using var server = await ServeAsync(Leaf("catalog"));
        var identity = new GivenIdentity();
        await using var app = await StartAsync("Strict", identity, new() { ["FirstSnapshotTimeout"] = "00:00:00.300" });
        app.Registry.Say("catalog", [server.Endpoint]);
        var error = await Assert.ThrowsAsync<MeshIdentityException>(() => app.Client().GetAsync("http://catalog/"));
        Assert.True(error.IsOwn);
        Assert.Contains("no certificate yet", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, app.Endpoint("catalog-1")!.Runs.Errors);
        Assert.Empty(server.Requests);

        identity.Give(Leaf("web"), _authority);
        await Eventually.True(() => app.Services.GetRequiredService<IdentityKeeper>().IsReady);
        Assert.Equal(HttpStatusCode.OK, (await app.Client().GetAsync("http://catalog/")).StatusCode);
    }

    [Fact]
    public async Task A_new_leaf_is_used_by_new_connections_and_cuts_no_call()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var hold = new TaskCompletionSource();
        await using var server = await ServeAsync(Leaf("catalog"));
        server.Handle = async context =>
        {
            seen.Enqueue(context.Connection.ClientCertificate!.Thumbprint);
            if (context.Request.Path == "/stream")
            {
                await context.Response.WriteAsync("a");
                await context.Response.Body.FlushAsync();
                await hold.Task;
            }
            await context.Response.WriteAsync("b");
        };
        var (first, second) = (Leaf("web"), Leaf("web"));
        var identity = GivenIdentity.Of(first, _authority);
        await using var app = await StartAsync("Strict", identity);
        app.Registry.Say("catalog", [server.Endpoint]);
        using var stream = await app.Client().GetAsync("http://catalog/stream", HttpCompletionOption.ResponseHeadersRead);
        identity.Give(second, _authority);
        await Eventually.True(async () =>
        {
            await app.Client().GetStringAsync("http://catalog/");
            return seen.Last() == second.Certificate.Thumbprint;
        });
        Assert.Equal(first.Certificate.Thumbprint, seen.First());
        hold.SetResult();
        Assert.Equal("ab", await stream.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_roots_are_changed_under_load_and_no_call_fails()
    {
        var next = TestAuthority.Root(_authority.TrustDomain);
        var serving = Leaf("catalog");
        await using var server = await ServeAsync(() => serving, () => [_authority, next]);
        var identity = GivenIdentity.Of(Leaf("web"), _authority);
        await using var app = await StartAsync("Strict", identity);
        app.Registry.Say("catalog", [server.Endpoint]);
        var client = app.Client();
        for (var i = 0; i < 300; i++)
        {
            if (i == 100)
                identity.Give(Leaf("web"), _authority, next);
            if (i == 150)
                serving = next.Issue("catalog");
            if (i == 200)
                identity.Give(next.Issue("web"), next, _authority);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("http://catalog/")).StatusCode);
        }
    }

    private TestLeaf Leaf(string service) => _authority.Issue(service);

    private async Task<MeshApp> StartAsync(TestServer server)
    {
        var app = await StartAsync("Strict", GivenIdentity.Of(Leaf("web"), _authority));
        app.Registry.Say("catalog", [server.Endpoint]);
        return app;
    }

    private static async Task<MeshApp> StartAsync(string mode, IIdentitySource identity, Dictionary<string, string?>? settings = null)
    {
        settings ??= [];
        settings["Upstreams:catalog:Service"] = "catalog";
        settings["Service:Name"] = "web";
        settings["Security:Mode"] = mode;
        return await MeshApp.StartAsync(settings, before: services => services.AddSingleton(identity));
    }

    private Task<TestServer> ServeAsync(TestLeaf leaf, HttpProtocols protocols = HttpProtocols.Http1) =>
        ServeAsync(() => leaf, () => [_authority], protocols);

    private static Task<TestServer> ServeAsync(Func<TestLeaf> leaf, Func<TestAuthority[]> roots, HttpProtocols protocols = HttpProtocols.Http1) =>
        TestServer.StartAsync("catalog-1", protocols: protocols, configure: builder => builder.WebHost.UseKestrelHttpsConfiguration(), listen: options => options.UseHttps(
            new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(leaf().Certificate, leaf().Sent, offline: true),
                    ClientCertificateRequired = true,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = (_, certificate, chain, _) => PeerVerifier.Verify(
                        (X509Certificate2?)certificate, chain?.ChainPolicy.ExtraStore,
                        TrustBundle.FromPem(roots()[0].TrustDomain, roots().Select(r => r.Pem)), PeerRole.Client, null, DateTimeOffset.UtcNow).IsAccepted,
                }),
            }));
}
