using System.Net;
using MeshClient.Http;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class TimeLimitTests : IDisposable
{
    private readonly MeshHarness _mesh = new(o => o.Timeout = TimeSpan.FromSeconds(2));

    public TimeLimitTests() => _mesh.Catalogs("a1", "a2");

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task A_get_that_hangs_is_tried_elsewhere_after_half_of_its_time()
    {
        var hung = 0;
        _mesh.Transports.Answer = async (_, _, token) =>
        {
            if (Interlocked.Increment(ref hung) == 1)
                await Task.Delay(Timeout.Infinite, token);
            return new HttpResponseMessage();
        };
        var began = _mesh.Time.GetUtcNow();
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.InRange((_mesh.Time.GetUtcNow() - began).TotalSeconds, 1, 1.3);
        Assert.Equal(2, _mesh.Transports.Sent.Select(s => s.InstanceId).Distinct().Count());
    }

    [Fact]
    public async Task A_post_that_hangs_has_all_of_the_time_and_fails_with_the_limit()
    {
        _mesh.Transports.Answer = Hang;
        var began = _mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAsync<MeshTimeoutException>(
            () => _mesh.RunAsync(_mesh.Client.PostAsync("http://catalog/x", new StringContent("x"))));
        Assert.InRange((_mesh.Time.GetUtcNow() - began).TotalSeconds, 2, 2.1);
        Assert.Equal(TimeSpan.FromSeconds(2), error.Timeout);
        Assert.IsType<TimeoutException>(error.InnerException);
        Assert.Contains("Mesh:Upstreams:catalog:Timeout", error.Message, StringComparison.Ordinal);
        Assert.Single(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task Attempts_and_waits_together_never_exceed_the_total()
    {
        _mesh.Transports.Answer = Hang;
        var began = _mesh.Time.GetUtcNow();
        await Assert.ThrowsAsync<MeshTimeoutException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.InRange((_mesh.Time.GetUtcNow() - began).TotalSeconds, 1.5, 2.1);
    }

    [Fact]
    public async Task Each_attempt_tells_the_time_that_is_left()
    {
        var told = new List<string>();
        _mesh.Transports.Answer = async (_, request, token) =>
        {
            told.Add(request.Headers.GetValues(MeshHeaders.Timeout).Single());
            if (told.Count == 1)
                await Task.Delay(Timeout.Infinite, token);
            return new HttpResponseMessage();
        };
        await _mesh.RunAsync(_mesh.GetAsync());
        Assert.Equal("2000m", told[0]);
        Assert.True(GrpcTimeout.TryParse(told[1], out var left));
        Assert.InRange(left.TotalMilliseconds, 700, 1000);
    }

    [Fact]
    public async Task The_deadline_of_the_inbound_call_bounds_the_outgoing_one()
    {
        _mesh.Transports.Answer = Hang;
        InboundCall.Current = new InboundCall(new Deadline(_mesh.Time.Now() + TimeSpan.FromMilliseconds(300)));
        var began = _mesh.Time.GetUtcNow();
        await Assert.ThrowsAsync<MeshTimeoutException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.InRange((_mesh.Time.GetUtcNow() - began).TotalMilliseconds, 300, 330);
        Assert.Equal("300m", _mesh.Transports.Sent[0].Request.Headers.GetValues(MeshHeaders.Timeout).Single());
    }

    [Fact]
    public async Task A_call_whose_deadline_has_passed_is_not_sent()
    {
        InboundCall.Current = new InboundCall(new Deadline(_mesh.Time.Now()));
        await Assert.ThrowsAsync<MeshTimeoutException>(() => _mesh.RunAsync(_mesh.GetAsync()));
        Assert.Empty(_mesh.Transports.Sent);
    }

    [Fact]
    public async Task Work_that_outlives_its_request_is_not_bound_by_its_deadline()
    {
        var inbound = new InboundCall(new Deadline(_mesh.Time.Now()));
        InboundCall.Current = inbound;
        inbound.End();
        Assert.Equal(HttpStatusCode.OK, (await _mesh.RunAsync(_mesh.GetAsync())).StatusCode);
        Assert.Equal("2000m", _mesh.Transports.Sent[0].Request.Headers.GetValues(MeshHeaders.Timeout).Single());
    }

    [Fact]
    public async Task The_callers_cancellation_is_no_failure_of_the_endpoint()
    {
        using var caller = new CancellationTokenSource();
        _mesh.Transports.Answer = Hang;
        for (var i = 0; i < 10; i++)
        {
            using var source = new CancellationTokenSource();
            var call = _mesh.GetAsync(cancellationToken: source.Token);
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
        Assert.Equal(2, _mesh.Catalog.State.Available.Length);
        Assert.All(_mesh.Catalog.State.Available, e => Assert.Equal(0, e.InFlight));
    }

    [Fact]
    public async Task The_total_ends_at_the_headers_and_the_idle_limit_bounds_the_body()
    {
        using var mesh = new MeshHarness(o =>
        {
            o.Timeout = TimeSpan.FromSeconds(2);
            o.IdleTimeout = TimeSpan.FromSeconds(10);
        });
        mesh.Catalogs("a1");
        var body = new DrippingStream(mesh.Time, TimeSpan.FromSeconds(8), chunks: 5);
        mesh.Transports.Answers(_ => new HttpResponseMessage { Content = new StreamContent(body) });
        Assert.Equal(5, (await mesh.RunAsync(mesh.Client.GetByteArrayAsync("http://catalog/stream"))).Length);
    }

    [Fact]
    public async Task A_body_that_stalls_fails_after_the_idle_limit_and_frees_the_endpoint()
    {
        using var mesh = new MeshHarness(o => o.IdleTimeout = TimeSpan.FromSeconds(10));
        mesh.Catalogs("a1");
        mesh.Transports.Answers(_ => new HttpResponseMessage { Content = new StreamContent(new DrippingStream(mesh.Time, Timeout.InfiniteTimeSpan, 1)) });
        var began = mesh.Time.GetUtcNow();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => mesh.RunAsync(mesh.Client.GetByteArrayAsync("http://catalog/stream")));
        Assert.InRange((mesh.Time.GetUtcNow() - began).TotalSeconds, 10, 10.1);
        var io = Assert.IsType<IOException>(error is HttpRequestException ? error.InnerException : error);
        Assert.IsType<TimeoutException>(io.InnerException);
        Assert.Contains("IdleTimeout", io.Message, StringComparison.Ordinal);
        Assert.Equal(0, mesh.Catalog.State.Available[0].InFlight);
    }

    private static async Task<HttpResponseMessage> Hang(MeshClient.Model.Endpoint endpoint, HttpRequestMessage request, CancellationToken token)
    {
        await Task.Delay(Timeout.Infinite, token);
        return new HttpResponseMessage();
    }
}
