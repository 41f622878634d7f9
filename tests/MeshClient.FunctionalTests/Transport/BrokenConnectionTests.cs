using System.Diagnostics;
using System.Net;

namespace MeshClient.FunctionalTests.Transport;

/// <summary>Connections that cannot be made, or break.</summary>
public sealed class BrokenConnectionTests
{
    private static readonly Dictionary<string, string?> s_inTurn = new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" };

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_refused_connection_goes_elsewhere_whatever_the_method(string method)
    {
        await using var a = await TestServer.StartAsync("a", Answers.Length());
        await using var app = await MeshApp.ConfiguredAsync(new(s_inTurn));
        app.Registry.Say("catalog", a.Endpoint, Refusing());

        // Nothing of the request has left, so even what can be read once is still whole.
        for (var i = 0; i < 6; i++)
        {
            using var request = new HttpRequestMessage(new(method), "http://catalog/")
            {
                Content = method == "POST" ? new StreamContent(new OneShotStream(1000)) : null,
            };
            using var response = await app.Client().SendAsync(request);
            Assert.Equal(method == "POST" ? "1000" : "0", await response.Content.ReadAsStringAsync());
        }
        Assert.Null(app.Endpoint("refusing"));
    }

    [Fact]
    public async Task Refused_everywhere_the_caller_is_told_by_whom()
    {
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", Refusing());

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetStringAsync("http://catalog/"));

        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
        Assert.StartsWith("catalog: no connection to refusing (127.0.0.1:", error.Message);
        Assert.Equal(0, app.InFlight());
    }

    [Fact]
    public async Task A_reset_after_the_request_is_tried_elsewhere_when_it_may_be_repeated()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var raw = RawServer.ThatResets();
        await using var app = await MeshApp.ConfiguredAsync(new(s_inTurn));
        app.Registry.Say("catalog", a.Endpoint, raw.Endpoint("raw"));

        for (var i = 0; i < 4; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        Assert.InRange(raw.Connections, 1, 4);
    }

    [Fact]
    public async Task A_reset_after_the_request_surfaces_when_it_may_not_be_repeated()
    {
        await using var raw = RawServer.ThatResets();
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", raw.Endpoint("raw"));

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().PostAsync("http://catalog/", new StringContent("x")));

        Assert.StartsWith("catalog: raw (127.0.0.1:", error.Message);
        Assert.Contains("1 attempt", error.Message);
        Assert.Equal(1, raw.Connections);
        Assert.Equal(0, app.InFlight());
    }

    [Theory]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    public async Task A_body_cut_short_is_an_error_and_ends_the_call(HttpCompletionOption completion)
    {
        await using var raw = RawServer.ThatSays();
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", raw.Endpoint("raw"));

        await Assert.ThrowsAsync<HttpRequestException>(async () =>
        {
            using var response = await app.Client().GetAsync("http://catalog/", completion);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await response.Content.ReadAsStringAsync();
        });

        Assert.Equal(0, app.InFlight());
        Assert.Equal(1, app.Endpoint("raw")!.Runs.Errors);
    }

    [Fact]
    public async Task What_is_no_answer_of_http_is_tried_elsewhere()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var raw = RawServer.ThatSays("SSH-2.0-OpenSSH_9.6\r\n");
        await using var app = await MeshApp.ConfiguredAsync(new(s_inTurn));
        app.Registry.Say("catalog", a.Endpoint, raw.Endpoint("raw"));

        for (var i = 0; i < 4; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        Assert.NotEqual(0, raw.Connections);
    }

    [Fact]
    public async Task A_port_that_never_answers_costs_the_connect_timeout_and_no_call()
    {
        await using var a = await TestServer.StartAsync("a");
        using var hole = await BlackHole.OpenAsync();
        await using var app = await MeshApp.ConfiguredAsync(new(s_inTurn) { ["Upstreams:catalog:Transport:ConnectTimeout"] = "00:00:00.300" });
        app.Registry.Say("catalog", a.Endpoint, hole.Endpoint);

        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 8; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        // Three failures to connect eject it; without the limit each would last until the attempt's.
        Assert.Null(app.Endpoint("hole"));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task A_port_that_never_answers_is_named_to_the_caller()
    {
        using var hole = await BlackHole.OpenAsync();
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:Transport:ConnectTimeout"] = "00:00:00.300" });
        app.Registry.Say("catalog", hole.Endpoint);

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().PostAsync("http://catalog/", new StringContent("x")));

        Assert.Equal(HttpRequestError.ConnectionError, error.HttpRequestError);
        Assert.StartsWith("catalog: no connection to hole (127.0.0.1:", error.Message);
        Assert.Contains("3 attempts", error.Message);
    }

    [Fact]
    public async Task An_answer_that_never_comes_costs_the_attempts_time_and_is_tried_elsewhere()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var silent = RawServer.Start(_ => Task.CompletedTask);
        await using var app = await MeshApp.ConfiguredAsync(new(s_inTurn) { ["Upstreams:catalog:AttemptTimeout"] = "00:00:00.300" });
        app.Registry.Say("catalog", a.Endpoint, silent.Endpoint("silent"));

        for (var i = 0; i < 4; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        Assert.NotEqual(0, silent.Connections);
        Assert.Equal(0, app.InFlight());
    }

    [Fact]
    public async Task An_endpoint_that_goes_lets_its_calls_finish()
    {
        var release = new TaskCompletionSource();
        await using var a = await TestServer.StartAsync("a", async context =>
        {
            await context.Response.WriteAsync("begun, ");
            await context.Response.Body.FlushAsync();
            await release.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await context.Response.WriteAsync("done");
        });
        await using var b = await TestServer.StartAsync("b");
        await using var app = await MeshApp.OfCatalogAsync(a);
        using var streamed = await app.Client().GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead);
        var whole = app.Client().GetStringAsync("http://catalog/");
        await Eventually.True(() => app.InFlight() == 2);

        app.Registry.Say("catalog", b.Endpoint);
        await Eventually.True(() => app.Endpoint("a") is null);

        Assert.Equal("b", await app.Client().GetStringAsync("http://catalog/"));
        release.SetResult();
        Assert.Equal("begun, done", await streamed.Content.ReadAsStringAsync());
        Assert.Equal("begun, done", await whole);
    }

    private static Endpoint Refusing() => new() { InstanceId = "refusing", Host = "127.0.0.1", Port = FreePort.Next() };
}
