using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>The copy that was sent again lost its VersionPolicy and shared a half-read HttpContent with the first.</summary>
public sealed class Fault02_copied_request
{
    [Fact]
    public async Task A_retry_keeps_version_and_version_policy()
    {
        var refusedOnce = Answers.FirstThen(503, 200);
        // Without RequestVersionExact a plain http URL is sent by HTTP/1.1, which these servers refuse.
        await using var a = await TestServer.StartAsync("a", refusedOnce, HttpProtocols.Http2);
        await using var b = await TestServer.StartAsync("b", refusedOnce, HttpProtocols.Http2);
        await using var app = await MeshApp.OfCatalogAsync(a, b);

        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/items")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await app.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpVersion.Version20, response.Version);
        Assert.Equal("HTTP/2", Assert.Single(a.Requests).Protocol);
        Assert.Equal("HTTP/2", Assert.Single(b.Requests).Protocol);
    }

    [Fact]
    public async Task Each_attempt_sends_the_whole_body()
    {
        var lengths = new System.Collections.Concurrent.ConcurrentQueue<long>();
        async Task RefuseFirst(HttpContext context)
        {
            lengths.Enqueue(await Answers.ReadAsync(context));
            context.Response.StatusCode = lengths.Count == 1 ? 503 : 200;
        }
        await using var a = await TestServer.StartAsync("a", RefuseFirst);
        await using var b = await TestServer.StartAsync("b", RefuseFirst);
        await using var app = await MeshApp.OfCatalogAsync(a, b);

        using var response = await app.Client().PutAsync("http://catalog/items", new StreamContent(new MemoryStream(new byte[300_000])));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([300_000, 300_000], lengths);
    }

    [Fact]
    public async Task A_body_is_never_read_by_two_attempts_at_once()
    {
        // Both answer before they have read the body, so that the first attempt may still be uploading when the second begins.
        var refusedAtOnce = 0;
        async Task Early(HttpContext context)
        {
            if (Interlocked.Increment(ref refusedAtOnce) == 1)
            {
                context.Response.StatusCode = 503;
                await context.Response.CompleteAsync();
                await Answers.ReadAsync(context);
                return;
            }
            await context.Response.WriteAsync($"{await Answers.ReadAsync(context)}");
        }
        await using var a = await TestServer.StartAsync("a", Early);
        await using var b = await TestServer.StartAsync("b", Early);
        await using var app = await MeshApp.OfCatalogAsync(a, b);

        // Each attempt reads a stream of its own, so what arrives whole was read alone.
        using var response = await app.Client().PutAsync("http://catalog/items", new ByteArrayContent(new byte[8_000_000]));

        Assert.Equal("8000000", await response.Content.ReadAsStringAsync());
    }
}
