using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.FunctionalTests.Transport;

/// <summary>The protocols that calls go by.</summary>
public sealed class ProtocolTests
{
    [Fact]
    public async Task Http11_keeps_its_connection_from_call_to_call()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);

        for (var i = 0; i < 5; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        Assert.All(a.Requests, r => Assert.Equal("HTTP/1.1", r.Protocol));
        Assert.Equal(1, a.Connections);
    }

    [Fact]
    public async Task Http2_over_tls_is_agreed_upon_by_alpn()
    {
        using var certificate = Certificates.For("catalog");
        await using var a = await TestServer.StartAsync("a", protocols: HttpProtocols.Http1AndHttp2, certificate: certificate);
        await using var app = await MeshApp.StartAsync(mesh: m => m.ConfigureTransport((_, h) => Certificates.Trust(h, certificate)));
        app.Registry.Say("catalog", a.Endpoint);
        using var client = app.Client();

        // One call first, for calls that begin together open a connection each before they know that one would do.
        Assert.Equal(HttpVersion.Version20, (await GetAsync(client, "https://catalog/", HttpVersionPolicy.RequestVersionOrLower)).Version);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(client, "https://catalog/", HttpVersionPolicy.RequestVersionOrLower)));

        Assert.All(answers, r => Assert.Equal(HttpVersion.Version20, r.Version));
        Assert.All(a.Requests, r => Assert.Equal(("HTTP/2", "catalog", "catalog"), (r.Protocol, r.Host, r.Sni)));
        Assert.Equal(1, a.Connections);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        using var certificate = Certificates.For("pricing");
        await using var a = await TestServer.StartAsync("a", certificate: certificate);
        await using var app = await MeshApp.StartAsync(mesh: m => m.ConfigureTransport((_, h) => Certificates.Trust(h, certificate)));
        app.Registry.Say("catalog", a.Endpoint);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetStringAsync("https://catalog/"));

        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
        Assert.Empty(a.Requests);
    }

    [Fact]
    public async Task Http2_by_prior_knowledge_needs_no_tls()
    {
        await using var a = await TestServer.StartAsync("a", protocols: HttpProtocols.Http2);
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var response = await GetAsync(app.Client(), "http://catalog/", HttpVersionPolicy.RequestVersionExact);

        Assert.Equal("a", await response.Content.ReadAsStringAsync());
        Assert.Equal(("HTTP/2", "catalog"), (Assert.Single(a.Requests).Protocol, a.Requests.First().Host));
    }

    [Fact]
    public async Task Http2_calls_are_balanced_one_by_one_and_not_by_connection()
    {
        await using var a = await TestServer.StartAsync("a", protocols: HttpProtocols.Http2);
        await using var b = await TestServer.StartAsync("b", protocols: HttpProtocols.Http2);
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" }, a, b);
        using var client = app.Client();

        for (var i = 0; i < 20; i++)
            (await GetAsync(client, "http://catalog/", HttpVersionPolicy.RequestVersionExact)).Dispose();

        Assert.Equal((10, 10), (a.Requests.Count, b.Requests.Count));
        Assert.Equal((1, 1), (a.Connections, b.Connections));
    }

    [Fact]
    public async Task Trailers_of_http2_arrive()
    {
        await using var a = await TestServer.StartAsync("a", protocols: HttpProtocols.Http2, handle: async context =>
        {
            await context.Response.WriteAsync("body");
            context.Response.AppendTrailer("x-status", "7");
        });
        await using var app = await MeshApp.OfCatalogAsync(a);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await app.Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("7", Assert.Single(response.TrailingHeaders.GetValues("x-status")));
    }

    [Fact]
    public async Task Trailers_of_http11_arrive()
    {
        await using var raw = RawServer.ThatSays(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-status\r\n\r\n4\r\nbody\r\n0\r\nx-status: 7\r\n\r\n");
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", raw.Endpoint("raw"));

        using var response = await app.Client().GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal("body", await response.Content.ReadAsStringAsync());
        Assert.Equal("7", Assert.Single(response.TrailingHeaders.GetValues("x-status")));
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, string url, HttpVersionPolicy policy)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = HttpVersion.Version20, VersionPolicy = policy };
        return await client.SendAsync(request);
    }
}
