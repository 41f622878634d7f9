using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>After a retry on another endpoint, Host and SNI named the first one.</summary>
public sealed class Fault01_sticky_host
{
    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Host_and_sni_name_the_service_on_each_attempt(HttpProtocols protocols)
    {
        using var certificate = Certificates.For("catalog");
        var refusedOnce = Answers.FirstThen(503, 200);
        await using var a = await TestServer.StartAsync("a", refusedOnce, protocols, certificate);
        await using var b = await TestServer.StartAsync("b", refusedOnce, protocols, certificate);
        await using var app = await MeshApp.StartAsync(mesh: m => m.ConfigureTransport((_, h) => Certificates.Trust(h, certificate)));
        app.Registry.Say("catalog", a.Endpoint, b.Endpoint);

        using var request = new HttpRequestMessage(HttpMethod.Get, "https://catalog/items") { Version = HttpVersion.Version20 };
        using var response = await app.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var seen = new[] { Assert.Single(a.Requests), Assert.Single(b.Requests) };
        Assert.All(seen, s => Assert.Equal("catalog", s.Host));
        Assert.All(seen, s => Assert.Equal("catalog", s.Sni));
        Assert.All(seen, s => Assert.Equal(protocols == HttpProtocols.Http1 ? "HTTP/1.1" : "HTTP/2", s.Protocol));
    }

    [Fact]
    public async Task A_host_that_the_caller_sets_stays_on_each_attempt()
    {
        var refusedOnce = Answers.FirstThen(503, 200);
        await using var a = await TestServer.StartAsync("a", refusedOnce);
        await using var b = await TestServer.StartAsync("b", refusedOnce);
        await using var app = await MeshApp.OfCatalogAsync(a, b);

        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/items") { Headers = { Host = "shop.example" } };
        using var response = await app.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("shop.example", Assert.Single(a.Requests).Host);
        Assert.Equal("shop.example", Assert.Single(b.Requests).Host);
    }
}
