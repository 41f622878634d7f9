using System.Diagnostics;
using System.Net;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

/// <summary>The context that the instances are sent: that of the attempt's span, or whatever the call was made in, and never one of an attempt before.</summary>
public sealed class PropagationTests : IDisposable
{
    private const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private readonly MeshHarness _mesh = new();
    private readonly List<Dictionary<string, string>> _sent = [];

    public PropagationTests()
    {
        _mesh.Catalogs("a1", "a2", "a3");
        Answers(_ => HttpStatusCode.OK);
    }

    public void Dispose() => _mesh.Dispose();

    private IEnumerable<string?> TraceParents => _sent.Select(h => h.GetValueOrDefault("traceparent"));

    [Fact]
    public async Task Each_try_is_sent_the_context_of_its_own_span()
    {
        using var trace = new TestTrace();
        Answers(_ => HttpStatusCode.ServiceUnavailable);
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal(3, _sent.Count);
        Assert.Equal(trace.AttemptsOf(trace.Calls[0]).Select(a => a.Id), TraceParents);
    }

    [Fact]
    public async Task Tracestate_and_baggage_travel_too()
    {
        using var trace = new TestTrace();
        trace.Root.TraceStateString = "vendor=1";
        trace.Root.AddBaggage("tenant", "7");
        Answers(_ => HttpStatusCode.ServiceUnavailable);
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal(3, _sent.Count);
        Assert.All(_sent, h => Assert.Equal(("vendor=1", "tenant = 7"), (h["tracestate"], h["baggage"])));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(ActivitySamplingResult.None)]
    public async Task Without_spans_of_the_mesh_the_callers_context_travels_on_every_try(ActivitySamplingResult? sampling)
    {
        using var trace = new TestTrace(sampling);
        Answers(_ => HttpStatusCode.ServiceUnavailable);
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal([trace.Root.Id, trace.Root.Id, trace.Root.Id], TraceParents);
    }

    [Fact]
    public async Task Without_any_activity_nothing_is_sent()
    {
        Assert.Null(Activity.Current);
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal([null], TraceParents);
    }

    [Fact]
    public async Task A_span_that_only_propagates_holds_nothing_and_is_sent_as_not_sampled()
    {
        using var trace = new TestTrace(ActivitySamplingResult.PropagationData);
        await _mesh.RunAsync(_mesh.GetAsync());
        var attempt = Assert.Single(trace.AttemptsOf(trace.Calls[0]));
        Assert.Equal([attempt.Id], TraceParents);
        Assert.EndsWith("-00", attempt.Id, StringComparison.Ordinal);
        Assert.All(trace.Ended, s => Assert.Null(s.GetTagItem("mesh.call.end") ?? s.GetTagItem("http.response.status_code")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_callers_own_context_is_kept_on_every_try_and_hop(bool listened)
    {
        using var trace = new TestTrace(listened ? ActivitySamplingResult.AllDataAndRecorded : null);
        trace.Root.TraceStateString = "vendor=1";
        _mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
        Answers(id => _sent.Count switch { 1 or 2 => HttpStatusCode.ServiceUnavailable, 3 => HttpStatusCode.Found, _ => HttpStatusCode.OK }, "http://orders.mesh/");
        await _mesh.RunAsync(_mesh.Client.SendAsync(WithOwn()));
        Assert.Equal([Own, Own, Own, Own], TraceParents);
        // Another trace's state would not belong to it.
        Assert.All(_sent, h => Assert.DoesNotContain("tracestate", h.Keys));
    }

    [Fact]
    public async Task A_callers_own_context_is_kept_by_a_hedge()
    {
        using var trace = new TestTrace();
        await HedgedAsync(WithOwn());
        Assert.Equal([Own, Own], TraceParents);
    }

    [Fact]
    public async Task A_hedge_is_sent_the_context_of_its_own_span()
    {
        using var trace = new TestTrace();
        await HedgedAsync(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x"));
        await Eventually.True(() => trace.Ended.Length == 3);
        Assert.Equal(trace.AttemptsOf(trace.Calls[0]).Select(a => a.Id), TraceParents);
    }

    [Fact]
    public async Task A_hop_is_sent_the_context_of_its_own_span()
    {
        using var trace = new TestTrace();
        _mesh.Watches.Say("orders", MeshHarness.Endpoint("o1"));
        Answers(id => id == "o1" ? HttpStatusCode.OK : HttpStatusCode.Found, "http://orders.mesh/");
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal(trace.Calls.Select(c => trace.AttemptsOf(c).Single().Id), TraceParents);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hop_out_of_the_mesh_brings_the_primary_handler_nothing_of_the_meshs(bool listened)
    {
        using var trace = new TestTrace(listened ? ActivitySamplingResult.AllDataAndRecorded : null);
        Answers(_ => HttpStatusCode.Found, "http://elsewhere.example/");
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.NotNull(Assert.Single(TraceParents));
        // It injects what it finds to be current.
        Assert.Empty(Assert.Single(_mesh.Primary.Requests).Headers);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_above_that_sends_the_request_again_sends_no_old_context(bool listened)
    {
        using var trace = new TestTrace(listened ? ActivitySamplingResult.AllDataAndRecorded : null);
        using var above = new Activity("above").Start();
        using var client = new HttpMessageInvoker(new Twice(above.Stop) { InnerHandler = new MeshHandler(_mesh.Clusters) { InnerHandler = _mesh.Primary } });
        await _mesh.RunAsync(client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x"), CancellationToken.None));
        Assert.Equal(2, TraceParents.Distinct().Count());
        if (!listened)
            Assert.Equal([above.Id, trace.Root.Id], TraceParents);
    }

    [Fact]
    public async Task The_synchronous_send_is_sent_the_context_of_its_span()
    {
        using var trace = new TestTrace();
        await _mesh.RunAsync(Task.Run(() => _mesh.Client.Send(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x"))));
        Assert.Equal([trace.AttemptsOf(trace.Calls[0]).Single().Id], TraceParents);
    }

    [Fact]
    public async Task A_propagator_of_the_applications_own_is_asked_for_every_try()
    {
        var standard = DistributedContextPropagator.Current;
        using var trace = new TestTrace();
        Answers(_ => HttpStatusCode.ServiceUnavailable);
        DistributedContextPropagator.Current = new Letters(standard, trace.Root.TraceId);
        try
        {
            await _mesh.RunAsync(_mesh.GetAsync());
        }
        finally
        {
            DistributedContextPropagator.Current = standard;
        }
        Assert.Equal(trace.AttemptsOf(trace.Calls[0]).Select(a => a.SpanId.ToHexString()), _sent.Select(h => h["x-span"]));
    }

    private static HttpRequestMessage WithOwn()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/x");
        request.Headers.Add("traceparent", Own);
        return request;
    }

    private async Task HedgedAsync(HttpRequestMessage request)
    {
        using var mesh = new MeshHarness(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Catalogs("a1", "a2");
        mesh.Transports.Answer = async (_, sent, token) =>
        {
            if (Keep(sent) == 1)
                await Task.Delay(TimeSpan.FromSeconds(5), mesh.Time, token);
            return new HttpResponseMessage();
        };
        var calling = mesh.Client.SendAsync(request);
        mesh.Time.Advance(TimeSpan.FromMilliseconds(50));
        await calling;
    }

    private void Answers(Func<string, HttpStatusCode> status, string? location = null) => _mesh.Transports.Answer = (endpoint, request, _) =>
    {
        Keep(request);
        var response = new HttpResponseMessage(status(endpoint.InstanceId));
        response.Headers.Location = location is null ? null : new Uri(location);
        return Task.FromResult(response);
    };

    // As it is sent: the headers change afterwards.
    private int Keep(HttpRequestMessage request)
    {
        lock (_sent)
        {
            _sent.Add(request.Headers.NonValidated.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            return _sent.Count;
        }
    }

    private sealed class Twice(Action between) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (await base.SendAsync(request, cancellationToken)).Dispose();
            between();
            return await base.SendAsync(request, cancellationToken);
        }
    }

    // Adds a header of its own in one trace, so that tests beside this one see none of it.
    private sealed class Letters(DistributedContextPropagator standard, ActivityTraceId trace) : DistributedContextPropagator
    {
        public override IReadOnlyCollection<string> Fields => [.. standard.Fields, "x-span"];

        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
        {
            standard.Inject(activity, carrier, setter);
            if (activity?.TraceId == trace)
                setter!(carrier, "x-span", activity.SpanId.ToHexString());
        }

        public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
            standard.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) =>
            standard.ExtractBaggage(carrier, getter);
    }
}
