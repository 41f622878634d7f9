using MeshClient.AspNetCore.Inbound;
using MeshClient.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Inbound;

public sealed class InboundRequestsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly InboundRequests _requests;

    public InboundRequestsTests() => _requests = new InboundRequests(_time);

    [Fact]
    public async Task A_quiet_server_is_drained_after_a_second()
    {
        var drain = _requests.DrainAsync(TimeSpan.FromSeconds(5), default);
        await PassAsync(TimeSpan.FromMilliseconds(900));
        Assert.False(drain.IsCompleted);
        await PassAsync(TimeSpan.FromMilliseconds(200));
        Assert.Equal(0, await drain.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task It_goes_on_while_requests_come()
    {
        var drain = _requests.DrainAsync(TimeSpan.FromSeconds(5), default);
        for (var i = 0; i < 3; i++)
        {
            await PassAsync(TimeSpan.FromMilliseconds(800));
            _requests.Begin(_time.Now());
            _requests.End();
        }
        Assert.False(drain.IsCompleted);
        await PassAsync(TimeSpan.FromMilliseconds(1100));
        Assert.Equal(0, await drain.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task It_waits_for_a_request_in_flight_but_not_for_ever()
    {
        _requests.Begin(_time.Now());
        var drain = _requests.DrainAsync(TimeSpan.FromSeconds(5), default);
        await PassAsync(TimeSpan.FromSeconds(4.9));
        Assert.False(drain.IsCompleted);
        await PassAsync(TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, await drain.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task It_ends_when_the_host_will_not_wait()
    {
        using var host = new CancellationTokenSource();
        _requests.Begin(_time.Now());
        var drain = _requests.DrainAsync(TimeSpan.FromSeconds(5), host.Token);
        await host.CancelAsync();
        Assert.Equal(1, await drain.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(50);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            _time.Advance(step);
            // The loop goes on by itself on another thread; it takes its next look before the clock moves on.
            do
                await Task.Delay(1);
            while (ThreadPool.PendingWorkItemCount > 0);
        }
    }
}
