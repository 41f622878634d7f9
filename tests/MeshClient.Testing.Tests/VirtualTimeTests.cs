using MeshClient.Testing.Tests.Kit;

namespace MeshClient.Testing.Tests;

public sealed class VirtualTimeTests
{
    private readonly VirtualTime _time = new();

    [Fact]
    public void Timers_fire_in_the_order_of_their_time_each_at_its_own()
    {
        var began = _time.GetUtcNow();
        var fired = new List<(string, double)>();
        using var late = Timer("late", 3, Timeout.Infinite);
        using var early = Timer("early", 1, Timeout.Infinite);
        using var often = Timer("often", 2, 2);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("early", 1), ("often", 2), ("late", 3), ("often", 4)], fired);
        Assert.Equal(began + TimeSpan.FromSeconds(5), _time.GetUtcNow());
        often.Dispose();
        Assert.False(_time.JumpToNext(DateTimeOffset.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.Advance(TimeSpan.FromTicks(-1)));

        ITimer Timer(string name, int seconds, int period) => _time.CreateTimer(
            _ => fired.Add((name, (_time.GetUtcNow() - began).TotalSeconds)), null, TimeSpan.FromSeconds(seconds),
            period == Timeout.Infinite ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(period));
    }

    [Fact]
    public async Task A_task_that_waits_again_and_again_runs_to_its_end()
    {
        var began = _time.GetUtcNow();
        Assert.Equal(3, await _time.RunAsync(WaitAsync()));
        Assert.Equal(TimeSpan.FromSeconds(60), _time.GetUtcNow() - began);
        await _time.RunAsync((Task)WaitAsync());
        Assert.Equal(TimeSpan.FromSeconds(120), _time.GetUtcNow() - began);

        async Task<int> WaitAsync()
        {
            for (var i = 0; i < 3; i++)
                await Task.Delay(TimeSpan.FromSeconds(20), _time);
            return 3;
        }
    }

    [Fact]
    public async Task A_task_that_waits_for_no_timer_of_the_clock_is_an_error_that_says_so()
    {
        var error = await Assert.ThrowsAsync<TimeoutException>(() => _time.RunAsync(Task.Delay(TimeSpan.FromMinutes(1), _time), TimeSpan.FromSeconds(10)));
        Assert.Contains("TimeProvider", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clock_stands_while_a_handler_is_at_work_in_real_time()
    {
        var mesh = new TestMesh { Time = _time };
        // Real work, unseen by the clock and longer than the thread pool takes to look at rest.
        mesh.Service("catalog").AddInstance(async (_, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            return new HttpResponseMessage();
        });
        await using var client = new Client(mesh);
        var began = _time.GetUtcNow();
        using var response = await _time.RunAsync(client.GetAsync());
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(began, _time.GetUtcNow());
    }

    [Fact]
    public async Task A_handler_may_wait_on_the_same_clock()
    {
        var mesh = new TestMesh { Time = _time };
        mesh.Service("catalog").AddInstance(async (_, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            return new HttpResponseMessage();
        });
        await using var client = new Client(mesh);
        var began = _time.GetUtcNow();
        using var response = await _time.RunAsync(client.GetAsync());
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetUtcNow() - began);
    }
}
