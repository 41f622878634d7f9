using System.Diagnostics;
using System.Net;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>A Retry-After longer than the total timeout was waited for all the same.</summary>
public sealed class Fault12_long_retry_after
{
    [Fact]
    public async Task A_wait_longer_than_the_total_timeout_is_not_begun()
    {
        await using var a = await TestServer.StartAsync("a", context =>
        {
            context.Response.Headers.RetryAfter = "60";
            return Answers.Status(503)(context);
        });
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:Timeout"] = "00:00:20" }, a);

        var watch = Stopwatch.StartNew();
        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("status 503", await response.Content.ReadAsStringAsync());
        Assert.Single(a.Requests);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"The answer came after {watch.Elapsed}.");
    }

    [Fact]
    public async Task A_wait_within_the_total_timeout_is_kept()
    {
        var first = true;
        await using var a = await TestServer.StartAsync("a", context =>
        {
            if (!first)
                return Answers.Status(200)(context);
            first = false;
            context.Response.Headers.RetryAfter = "1";
            return Answers.Status(503)(context);
        });
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:Timeout"] = "00:00:20" }, a);

        var watch = Stopwatch.StartNew();
        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, a.Requests.Count);
        Assert.True(watch.Elapsed > TimeSpan.FromMilliseconds(950), $"It waited for {watch.Elapsed}.");
    }
}
