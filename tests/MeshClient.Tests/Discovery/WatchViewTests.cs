using System.Diagnostics;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Telemetry;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Discovery;

/// <summary>One reader and one stream, closer than <see cref="ServiceWatchesTests"/> sees them.</summary>
public sealed class WatchViewTests : IAsyncDisposable
{
    private static readonly ServiceName s_web = new("web");

    private readonly ScriptedRegistry _registry = new();
    private readonly VirtualTime _time = new();
    private readonly TestLog<ServiceWatches> _log = new();
    private readonly TestMeters _meters = new();
    private readonly ServiceWatches _watches;

    public WatchViewTests() => _watches = new ServiceWatches(_registry, _time, new SeededRandom(1), new MeshMetrics(_meters), _log);

    public async ValueTask DisposeAsync()
    {
        await _watches.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public void A_service_and_a_reader_are_required()
    {
        Assert.Throws<ArgumentNullException>("service", () => _watches.Watch(null!, _ => { }));
        Assert.Throws<ArgumentNullException>("changed", () => _watches.Watch(s_web, null!));
    }

    [Fact]
    public async Task The_stream_carries_nothing_of_the_caller_that_began_it()
    {
        using var activity = new Activity("caller").Start();
        var seen = new TaskCompletionSource<Activity?>();
        using var view = _watches.Watch(s_web, _ => seen.TrySetResult(Activity.Current));
        _registry.Say(Set(1));
        Assert.Null(await seen.Task);
        Assert.Same(activity, Activity.Current);
    }

    [Fact]
    public async Task It_begins_where_the_callers_context_is_held_back_already()
    {
        using (ExecutionContext.SuppressFlow())
        {
            var view = _watches.Watch(s_web, _ => { });
            Assert.True(ExecutionContext.IsFlowSuppressed());
            _registry.Say(Set(1));
            SpinWait.SpinUntil(() => view.Current.LastGood is not null);
        }
        await Eventually.True(() => _registry.Active == 1);
    }

    [Fact]
    public async Task The_waits_between_broken_streams_grow_and_begin_anew_after_a_set()
    {
        using var view = _watches.Watch(s_web, _ => { });
        foreach (var bound in (int[])[250, 500, 1000, 2000])
            await BreaksAsync(bound);
        _registry.Say(Set(1));
        await Eventually.True(() => view.Current.LastGood is not null);
        await BreaksAsync(250);
        _registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => view.Current.Trouble == "away");
        await BreaksAsync(500);
    }

    [Fact]
    public async Task Calls_to_a_reader_never_nest_and_end_with_its_disposal()
    {
        var depth = 0;
        var deepest = 0;
        var calls = 0;
        IServiceWatch? view = null;
        var joined = new TaskCompletionSource();
        view = _watches.Watch(s_web, state =>
        {
            deepest = Math.Max(deepest, Interlocked.Increment(ref depth));
            joined.Task.Wait();
            if (++calls == 2)
                view!.Dispose();
            // Another reader's joining delivers to it alone.
            _watches.Watch(s_web, _ => { }).Dispose();
            Interlocked.Decrement(ref depth);
        });
        using var other = _watches.Watch(s_web, _ => { });
        joined.SetResult();
        for (var count = 1; count <= 4; count++)
        {
            _registry.Say(Set(count));
            await Eventually.True(() => other.Current.LastGood?.Endpoints.Length == count);
        }
        Assert.Equal((2, 1), (calls, deepest));
    }

    [Fact]
    public async Task A_reader_leaves_once_however_often_it_is_disposed()
    {
        var left = 0;
        var watch = new SharedWatch(s_web, new WatchTools(_registry, _time, new SeededRandom(1), new MeshMetrics(_meters), _log));
        var view = new WatchView(watch, _ => { }, _ => left++, _ => { });
        view.Dispose();
        view.Dispose();
        Assert.Equal(1, left);
        await watch.Completion;
    }

    [Fact]
    public async Task Troubles_are_logged_with_the_number_of_instances_that_serve_on()
    {
        using var view = _watches.Watch(s_web, _ => { });
        _registry.Say(Set(3));
        _registry.Say(new RegistryUpdate.Fault("away"));
        _registry.Say(Set(2));
        await Eventually.True(() => _log.Count(1002) == 1);
        Assert.Contains("3", _log.Entries.Single(entry => entry.Id == 1000).Text, StringComparison.Ordinal);
        Assert.Contains("2", _log.Entries.Single(entry => entry.Id == 1002).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_update_of_another_kind_is_refused() =>
        Assert.Contains("found null", Assert.Throws<ArgumentException>("update", () => WatchState.Empty.Next(null!, _time.GetUtcNow())).Message, StringComparison.Ordinal);

    private async Task BreaksAsync(int bound)
    {
        await Eventually.True(() => _registry.Active == 1);
        var started = _registry.Started;
        _registry.Break(null);
        await Eventually.True(() => _registry.Active == 0);
        var before = _time.GetUtcNow();
        await Eventually.True(() => _time.JumpToNext(DateTimeOffset.MaxValue) || _registry.Started > started);
        await Eventually.True(() => _registry.Started > started);
        Assert.InRange((_time.GetUtcNow() - before).TotalMilliseconds, bound / 2.0, bound);
    }

    private static RegistryUpdate.Snapshot Set(int count) =>
        new(new ServiceSnapshot(s_web, [.. Enumerable.Range(1, count).Select(i => new Endpoint { InstanceId = $"web-{i}", Host = "10.0.0.1", Port = i })]));
}
