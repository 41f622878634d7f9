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
        mesh.Service("catalog").AddInstance(async (_, cancellationToken) =>
        {
            await RealWorkAsync(cancellationToken);
            return new HttpResponseMessage();
        });
        await using var client = new Client(mesh);
        var began = _time.GetUtcNow();
        using var response = await _time.RunAsync(client.GetAsync());
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(began, _time.GetUtcNow());
    }

    [Fact]
    public async Task Neither_a_time_limit_nor_a_wait_that_is_over_is_a_wait_of_a_handler_at_work()
    {
        var mesh = new TestMesh { Time = _time };
        mesh.Service("catalog").AddInstance(async (_, cancellationToken) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), _time, cancellationToken);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
            await RealWorkAsync(limit.Token);
            return new HttpResponseMessage();
        });
        await using var client = new Client(mesh);
        var began = _time.GetUtcNow();
        using var response = await _time.RunAsync(client.GetAsync());
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), _time.GetUtcNow() - began);
    }

    [Fact]
    public async Task A_handler_that_neither_answers_nor_waits_on_the_clock_is_an_error_that_names_it()
    {
        var time = new VirtualTime { LongestWork = TimeSpan.FromMilliseconds(50) };
        var mesh = new TestMesh { Time = time };
        mesh.Service("catalog").AddInstance(async (_, cancellationToken) =>
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            return new HttpResponseMessage();
        });
        await using var client = new Client(mesh);
        using var giveUp = new CancellationTokenSource();
        var call = client.Http.GetAsync("http://catalog/items", giveUp.Token);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => time.RunAsync(call));
        Assert.Contains("catalog-1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Fault.NoAnswer()", error.Message, StringComparison.Ordinal);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_waits_where_one_that_it_calls_is_silent(bool headers)
    {
        var mesh = new TestMesh { Time = _time };
        await using var client = new Client(mesh, null, ("Mesh:Upstreams:front:Retry:MaxAttempts", "1"));
        mesh.Service("catalog").AddInstance().Inject(headers ? Fault.StalledBody() : Fault.NoAnswer());
        mesh.Service("front").AddInstance(async (_, cancellationToken) => await client.Http.GetAsync("http://catalog/items", cancellationToken));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _time.RunAsync(client.GetAsync("http://front/")));
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

    // Unseen by the clock, and longer than the thread pool looks at rest to it beside a handler that waits.
    private static Task RealWorkAsync(CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromMilliseconds(800), TimeProvider.System, cancellationToken);
}
