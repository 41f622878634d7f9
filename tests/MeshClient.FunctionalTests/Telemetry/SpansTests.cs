using System.Collections.Concurrent;
using System.Diagnostics;
using MeshClient.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace MeshClient.FunctionalTests.Telemetry;

/// <summary>The spans of calls to real servers and the context those are sent. Listeners are the process's, so these run by themselves.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class SpansTests
{
    [Fact]
    public async Task With_an_SDK_a_call_exports_its_span_and_that_of_its_attempt_and_none_of_dotnets()
    {
        var exported = new List<Activity>();
        await using var server = await TestServer.StartAsync("a");
        await using var app = await TracedAsync(exported);
        app.Registry.Say("catalog", server.Endpoint);

        await app.Client().GetStringAsync("http://catalog/x?secret=1", TestContext.Current.CancellationToken);
        app.Services.GetRequiredService<TracerProvider>().ForceFlush();

        var (attempt, call) = exported is [var first, var second] ? (first, second) : throw new Xunit.Sdk.XunitException(string.Join('\n', exported.Select(a => $"{a.Source.Name} {a.DisplayName}")));
        Assert.Equal(("GET catalog", "GET"), (call.DisplayName, attempt.DisplayName));
        Assert.Equal((default, call.SpanId), (call.ParentSpanId, attempt.ParentSpanId));
        Assert.Equal(("127.0.0.1", server.Port, "1.1"),
            (attempt.GetTagItem("network.peer.address"), attempt.GetTagItem("network.peer.port"), attempt.GetTagItem("network.protocol.version")));
        Assert.Equal(("catalog", 80, "http://catalog/x?*"), (attempt.GetTagItem("server.address"), attempt.GetTagItem("server.port"), attempt.GetTagItem("url.full")));
        Assert.Equal([attempt.Id!], TraceParents(server));
    }

    [Fact]
    public async Task Each_try_reaches_its_server_with_the_context_of_its_span_and_OpenTelemetrys_baggage()
    {
        var exported = new List<Activity>();
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var b = await TestServer.StartAsync("b", Answers.Status(503));
        await using var app = await TracedAsync(exported);
        app.Registry.Say("catalog", a.Endpoint, b.Endpoint);

        Baggage.SetBaggage("tenant", "7");
        try
        {
            (await app.Client().GetAsync("http://catalog/", TestContext.Current.CancellationToken)).Dispose();
        }
        finally
        {
            Baggage.ClearBaggage();
        }
        app.Services.GetRequiredService<TracerProvider>().ForceFlush();

        var attempts = exported.Where(s => s.DisplayName == "GET").ToArray();
        Assert.Equal([null, 1, 2], attempts.Select(s => s.GetTagItem("http.request.resend_count")));
        foreach (var server in (TestServer[])[a, b])
            Assert.Equal(attempts.Where(s => Equals(s.GetTagItem("network.peer.port"), server.Port)).Select(s => s.Id!), TraceParents(server));
        Assert.All(a.Requests.Concat(b.Requests), r => Assert.Equal("tenant=7", r.Headers["baggage"]));
    }

    [Fact]
    public async Task Dotnets_own_span_is_made_for_a_call_that_passes_through_and_for_no_other()
    {
        var seen = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "System.Net.Http" or MeshTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => seen.Enqueue($"{span.OperationName} {span.GetTagItem("server.address")}"),
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(server);

        await app.Client().GetStringAsync("http://catalog/", TestContext.Current.CancellationToken);
        Assert.Equal(["GET catalog", "GET catalog catalog"], seen);
        seen.Clear();
        await app.Client().GetStringAsync(server.Address, TestContext.Current.CancellationToken);
        Assert.Equal(["System.Net.Http.HttpRequestOut 127.0.0.1"], seen);
    }

    [Fact]
    public async Task A_redirect_out_of_the_mesh_brings_one_context_and_that_of_its_own_span()
    {
        var exported = new List<Activity>();
        await using var outside = await TestServer.StartAsync("outside");
        await using var inside = await TestServer.StartAsync("inside", context =>
        {
            context.Response.Redirect(outside.Address.ToString());
            return Task.CompletedTask;
        });
        await using var app = await TracedAsync(exported);
        app.Registry.Say("catalog", inside.Endpoint);
        using var around = new Activity("around").SetIdFormat(ActivityIdFormat.W3C).Start();
        around.ActivityTraceFlags = ActivityTraceFlags.Recorded;

        Assert.Equal("outside", await app.Client().GetStringAsync("http://catalog/", TestContext.Current.CancellationToken));
        app.Services.GetRequiredService<TracerProvider>().ForceFlush();

        Assert.Equal(["GET", "GET catalog", "GET"], exported.Select(s => s.DisplayName));
        Assert.Equal((MeshTelemetry.Name, "System.Net.Http"), (exported[0].Source.Name, exported[2].Source.Name));
        Assert.Equal([exported[0].Id!], TraceParents(inside));
        Assert.Equal([exported[2].Id!], TraceParents(outside));
    }

    [Fact]
    public async Task The_context_of_the_request_that_a_server_is_serving_travels_where_nobody_listens()
    {
        const string Inbound = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await using var target = await TestServer.StartAsync("target", Answers.Status(503));
        string? own = null;
        TestServer? server = null;
        await using var front = server = await MeshServer.StartAsync("front", async context =>
        {
            own = Activity.Current?.Id;
            (await server!.Client().GetAsync("http://catalog/", context.RequestAborted)).Dispose();
        });
        front.Registry().Say("catalog", target.Endpoint);
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        using var request = new HttpRequestMessage(HttpMethod.Get, front.Address);
        request.Headers.Add("traceparent", Inbound);
        request.Headers.Add("tracestate", "vendor=1");

        (await client.SendAsync(request, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();

        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", own, StringComparison.Ordinal);
        Assert.Equal([own, own, own], TraceParents(target));
        Assert.All(target.Requests, r => Assert.Equal("vendor=1", r.Headers["tracestate"]));
    }

    private static Task<MeshApp> TracedAsync(List<Activity> exported) => MeshApp.StartAsync(services: services => services.AddOpenTelemetry()
        .WithTracing(traces => traces.AddSource("System.Net.Http").AddInMemoryExporter(exported)));

    // Two headers of the name would arrive as one value with a comma.
    private static IEnumerable<string?> TraceParents(TestServer server) => server.Requests.Select(r => r.Headers.GetValueOrDefault("traceparent"));
}
