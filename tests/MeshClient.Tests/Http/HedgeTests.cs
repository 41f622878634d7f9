using System.Net;
using System.Text;
using MeshClient.Clusters;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class HedgeTests : IDisposable
{
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(1);
    private readonly List<string> _cancelled = [];
    private MeshHarness? _mesh;

    public void Dispose() => _mesh?.Dispose();

    [Fact]
    public async Task A_slow_attempt_is_raced_by_one_to_another_endpoint_after_the_delay()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        SlowFirst();
        var began = mesh.Time.GetUtcNow();
        var response = await mesh.RunAsync(mesh.GetAsync());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.InRange((mesh.Time.GetUtcNow() - began).TotalMilliseconds, 50, 60);
        Assert.Equal(2, mesh.Transports.Sent.Select(s => s.InstanceId).Distinct().Count());
        await Eventually.True(() => _cancelled.Count == 1);
        Assert.Equal(mesh.Transports.Sent[0].InstanceId, _cancelled[0]);
        var call = response.GetMeshCall()!;
        Assert.Equal(CallEnd.Answered, call.End);
        Assert.Equal(mesh.Transports.Sent[1].InstanceId, call.Endpoint!.InstanceId);
        Assert.Contains(call.Attempts, a => a is { IsHedge: true, StatusCode: 200 });
    }

    [Fact]
    public async Task The_loser_is_no_failure_of_its_endpoint_and_counts_no_longer()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 10; i++)
        {
            SlowFirst();
            (await mesh.RunAsync(mesh.GetAsync())).Dispose();
        }
        await Eventually.True(() => mesh.Catalog.State.Available.All(e => e.InFlight == 0));
        Assert.Equal(3, mesh.Catalog.State.Available.Length);
        Assert.All(mesh.Catalog.State.Available, e => Assert.Equal(0, e.Runs.Errors));
    }

    [Fact]
    public async Task A_fast_call_is_not_hedged()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(49), mesh.Time, token);
            return new HttpResponseMessage();
        };
        await mesh.RunAsync(mesh.GetAsync());
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task Each_copy_is_complete_and_has_a_content_of_its_own()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        var bodies = new List<string>();
        mesh.Transports.Answer = async (_, request, token) =>
        {
            var body = await request.Content!.ReadAsStringAsync(token);
            int number;
            lock (bodies)
            {
                bodies.Add(body);
                number = bodies.Count;
            }
            if (number == 1)
                await Task.Delay(s_slow, mesh.Time, token);
            return new HttpResponseMessage();
        };
        using var request = new HttpRequestMessage(HttpMethod.Put, "http://catalog/x?a=1")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("body", Encoding.UTF8, "text/plain"),
        };
        request.Headers.Add("x-many", ["1", "2"]);
        var key = new HttpRequestOptionsKey<string>("mine");
        request.Options.Set(key, "value");
        var response = await mesh.RunAsync(mesh.Client.SendAsync(request));

        Assert.Same(request, response.RequestMessage);
        Assert.Equal(["body", "body"], bodies);
        var (first, hedge) = (mesh.Transports.Sent[0].Request, mesh.Transports.Sent[1].Request);
        Assert.NotSame(first, hedge);
        Assert.NotSame(first.Content, hedge.Content);
        Assert.Equal((first.Method, first.RequestUri, first.Version, first.VersionPolicy), (hedge.Method, hedge.RequestUri, hedge.Version, hedge.VersionPolicy));
        Assert.Equal(["1", "2"], hedge.Headers.GetValues("x-many"));
        Assert.Equal("text/plain; charset=utf-8", hedge.Content!.Headers.ContentType!.ToString());
        Assert.True(hedge.Options.TryGetValue(key, out var value) && value == "value");
        // What is left of the call's time differs between the two.
        Assert.Equal("15000m", first.Headers.GetValues(MeshHeaders.Timeout).Single());
        Assert.Equal("14950m", hedge.Headers.GetValues(MeshHeaders.Timeout).Single());
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task What_must_not_be_sent_twice_is_not_hedged(string method)
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        SlowFirst();
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://catalog/x") { Content = new StringContent("x") };
        await mesh.RunAsync(mesh.Client.SendAsync(request));
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_body_that_is_too_long_to_hold_twice_is_not_hedged()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        SlowFirst();
        await mesh.RunAsync(mesh.Client.PutAsync("http://catalog/x", new ByteArrayContent(new byte[(1 << 20) + 1])));
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task An_attempt_that_fails_leaves_the_race_to_the_other()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Transports.Answer = async (_, _, token) =>
        {
            var isFirst = mesh.Transports.Sent.Count == 1;
            await Task.Delay(TimeSpan.FromMilliseconds(isFirst ? 100 : 80), mesh.Time, token);
            return new HttpResponseMessage(isFirst ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        };
        var began = mesh.Time.GetUtcNow();
        Assert.Equal(HttpStatusCode.OK, (await mesh.RunAsync(mesh.GetAsync())).StatusCode);
        Assert.InRange((mesh.Time.GetUtcNow() - began).TotalMilliseconds, 130, 140);
    }

    [Fact]
    public async Task After_a_failure_the_next_hedge_goes_out_at_once()
    {
        var mesh = Start(o =>
        {
            o.Hedging.Delay = TimeSpan.FromMilliseconds(50);
            o.Hedging.MaxHedges = 2;
        });
        var began = mesh.Time.GetUtcNow();
        var sent = new List<double>();
        mesh.Transports.Answer = async (_, _, token) =>
        {
            sent.Add((mesh.Time.GetUtcNow() - began).TotalMilliseconds);
            var number = sent.Count;
            await Task.Delay(number == 1 ? s_slow : TimeSpan.FromMilliseconds(10), mesh.Time, token);
            return new HttpResponseMessage(number == 2 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        };
        Assert.Equal(HttpStatusCode.OK, (await mesh.RunAsync(mesh.GetAsync())).StatusCode);
        Assert.Equal([0, 50, 60], sent);
    }

    [Fact]
    public async Task When_all_of_the_race_fail_it_is_retried_elsewhere()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Transports.Answer = async (_, _, token) =>
        {
            var number = mesh.Transports.Sent.Count;
            await Task.Delay(TimeSpan.FromMilliseconds(100), mesh.Time, token);
            return new HttpResponseMessage(number <= 2 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        };
        var response = await mesh.RunAsync(mesh.GetAsync());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["a1", "a2", "a3"], mesh.Transports.Sent.Select(s => s.InstanceId).Order());
        Assert.Equal(3, response.GetMeshCall()!.Attempts.Count);
    }

    [Fact]
    public async Task Hedges_are_paid_for_from_the_retry_budget()
    {
        var mesh = Start(o =>
        {
            o.Hedging.Delay = TimeSpan.FromMilliseconds(50);
            o.Retry.BudgetPerSecond = 0;
            o.Retry.BudgetRatio = 0.1;
        });
        mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(60), mesh.Time, token);
            return new HttpResponseMessage();
        };
        for (var i = 0; i < 100; i++)
            await mesh.RunAsync(mesh.GetAsync());
        Assert.InRange(mesh.Transports.Sent.Count, 108, 111);
    }

    [Fact]
    public async Task With_one_endpoint_there_is_nobody_to_hedge_to()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Catalogs("a1");
        SlowFirst();
        await mesh.RunAsync(mesh.GetAsync());
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_percentile_waits_for_enough_answers_and_then_hedges_the_slow_ones()
    {
        var mesh = Start(o => o.Hedging.Percentile = 95);
        var time = TimeSpan.FromMilliseconds(10);
        mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(time, mesh.Time, token);
            return new HttpResponseMessage();
        };
        for (var i = 0; i < 100; i++)
            await mesh.RunAsync(mesh.GetAsync());
        Assert.Equal(100, mesh.Transports.Sent.Count);

        SlowFirst();
        var began = mesh.Time.GetUtcNow();
        await mesh.RunAsync(mesh.GetAsync());
        Assert.InRange((mesh.Time.GetUtcNow() - began).TotalMilliseconds, 10, 12);
        Assert.Equal(102, mesh.Transports.Sent.Count);
    }

    [Fact]
    public async Task Several_hedges_go_out_a_delay_apart_and_each_elsewhere()
    {
        var mesh = Start(o =>
        {
            o.Hedging.Delay = TimeSpan.FromMilliseconds(50);
            o.Hedging.MaxHedges = 2;
        });
        mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(mesh.Transports.Sent.Count == 3 ? TimeSpan.Zero : s_slow, mesh.Time, token);
            return new HttpResponseMessage();
        };
        var began = mesh.Time.GetUtcNow();
        await mesh.RunAsync(mesh.GetAsync());
        Assert.InRange((mesh.Time.GetUtcNow() - began).TotalMilliseconds, 100, 105);
        Assert.Equal(["a1", "a2", "a3"], mesh.Transports.Sent.Select(s => s.InstanceId).Order());
    }

    [Fact]
    public async Task The_callers_cancellation_ends_the_whole_race()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Transports.Answer = Hang;
        using var caller = new CancellationTokenSource();
        var call = mesh.GetAsync(cancellationToken: caller.Token);
        mesh.Time.Advance(TimeSpan.FromMilliseconds(60));
        await Eventually.True(() => mesh.Transports.Sent.Count == 2);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.True(() => mesh.Catalog.State.Available.All(e => e.InFlight == 0));
    }

    [Fact]
    public async Task A_request_without_retries_is_not_hedged()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        SlowFirst();
        await mesh.RunAsync(mesh.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x").DisableMeshRetry()));
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task A_call_that_requires_its_endpoint_has_nowhere_to_hedge_to()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        SlowFirst();
        await mesh.RunAsync(mesh.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "http://catalog/x").SetMeshEndpoint("a1", isRequired: true)));
        Assert.Single(mesh.Transports.Sent);
    }

    [Fact]
    public async Task What_waits_for_a_place_is_not_hedged_and_hedges_take_no_place_in_the_queue()
    {
        var mesh = Start(o =>
        {
            o.Hedging.Delay = TimeSpan.FromMilliseconds(50);
            o.Limits.MaxConcurrent = 1;
            o.Limits.MaxQueued = 1;
        });
        mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), mesh.Time, token);
            return new HttpResponseMessage();
        };
        var (first, waiting) = (mesh.GetAsync(), mesh.GetAsync());
        mesh.Time.Advance(TimeSpan.FromMilliseconds(120));
        Assert.Equal(1, mesh.Catalog.Limiter!.Queued);
        Assert.Equal(HttpStatusCode.OK, (await mesh.RunAsync(first)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await mesh.RunAsync(waiting)).StatusCode);
        Assert.Equal(2, mesh.Transports.Sent.Count);
    }

    [Fact]
    public async Task Hedges_count_as_attempts_before_a_retry()
    {
        var mesh = Start(o =>
        {
            o.Hedging.Delay = TimeSpan.FromMilliseconds(50);
            o.Hedging.MaxHedges = 2;
            o.Retry.MaxAttempts = 3;
        });
        mesh.Transports.Answer = async (_, _, token) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), mesh.Time, token);
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        };
        var response = await mesh.RunAsync(mesh.GetAsync());
        Assert.Equal((3, CallEnd.AttemptsExhausted), (mesh.Transports.Sent.Count, response.GetMeshCall()!.End));
    }

    [Fact]
    public async Task The_body_of_the_winner_is_read_after_the_losers_are_cancelled()
    {
        var mesh = Start(o => o.Hedging.Delay = TimeSpan.FromMilliseconds(50));
        mesh.Transports.Answer = async (_, _, token) =>
        {
            if (mesh.Transports.Sent.Count == 1)
                await Task.Delay(s_slow, mesh.Time, token);
            return new HttpResponseMessage { Content = new StreamContent(new DrippingStream(mesh.Time, TimeSpan.FromSeconds(2), chunks: 3)) };
        };
        Assert.Equal(3, (await mesh.RunAsync(mesh.Client.GetByteArrayAsync("http://catalog/x"))).Length);
    }

    private MeshHarness Start(Action<UpstreamOptions> configure)
    {
        _mesh = new MeshHarness(configure);
        _mesh.Catalogs("a1", "a2", "a3");
        return _mesh;
    }

    private void SlowFirst()
    {
        var mesh = _mesh!;
        var calls = 0;
        mesh.Transports.Answer = async (endpoint, _, token) =>
        {
            if (Interlocked.Increment(ref calls) > 1)
                return new HttpResponseMessage();
            try
            {
                await Task.Delay(s_slow, mesh.Time, token);
            }
            catch (OperationCanceledException)
            {
                lock (_cancelled)
                    _cancelled.Add(endpoint.InstanceId);
                throw;
            }
            return new HttpResponseMessage();
        };
    }

    private static async Task<HttpResponseMessage> Hang(MeshClient.Model.Endpoint endpoint, HttpRequestMessage request, CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return new HttpResponseMessage();
    }
}
