using System.Net;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>Time limits ended at the headers: a body that stalled hung for ever.</summary>
public sealed class Fault07_stalled_body
{
    private static readonly Dictionary<string, string?> s_settings = new() { ["Upstreams:catalog:IdleTimeout"] = "00:00:00.300" };

    [Theory]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    public async Task A_body_that_stalls_fails_by_the_idle_timeout_and_names_it(HttpCompletionOption completion)
    {
        await using var a = await TestServer.StartAsync("a", StallAsync);
        await using var app = await MeshApp.ConfiguredAsync(new(s_settings), a);
        using var client = app.Client();
        client.Timeout = Timeout.InfiniteTimeSpan;

        var error = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var response = await client.GetAsync("http://catalog/", completion);
            await response.Content.ReadAsStringAsync();
        }).WaitAsync(TimeSpan.FromSeconds(30));

        var told = Chain(error).OfType<IOException>().First(e => e.InnerException is TimeoutException);
        Assert.Contains("IdleTimeout", told.Message);
        Assert.Contains("catalog", told.Message);
        Assert.Contains($"127.0.0.1:{a.Port}", told.Message);
        await Eventually.True(() => app.InFlight() == 0);
    }

    [Fact]
    public async Task A_synchronous_read_is_bounded_as_well()
    {
        await using var a = await TestServer.StartAsync("a", StallAsync);
        await using var app = await MeshApp.ConfiguredAsync(new(s_settings), a);
        using var client = app.Client();
        client.Timeout = Timeout.InfiniteTimeSpan;

        var error = await Assert.ThrowsAnyAsync<Exception>(() => Task.Run(() =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/");
            using var response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            using var body = response.Content.ReadAsStream();
            body.CopyTo(Stream.Null);
        })).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Contains("IdleTimeout", Assert.IsType<IOException>(error).Message);
    }

    [Fact]
    public async Task A_body_that_is_slow_but_never_silent_outlives_the_total_timeout()
    {
        await using var a = await TestServer.StartAsync("a", async context =>
        {
            for (var i = 0; i < 12; i++)
            {
                await context.Response.WriteAsync("x");
                await context.Response.Body.FlushAsync();
                await Task.Delay(100);
            }
        });
        await using var app = await MeshApp.ConfiguredAsync(
            new() { ["Upstreams:catalog:IdleTimeout"] = "00:00:30", ["Upstreams:catalog:Timeout"] = "00:00:00.800" }, a);

        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(new string('x', 12), await response.Content.ReadAsStringAsync());
    }

    private static async Task StallAsync(HttpContext context)
    {
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("half");
        await context.Response.Body.FlushAsync();
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }
}
