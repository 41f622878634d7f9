using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Telemetry;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Discovery;

public sealed class ServiceWatchesTests : IAsyncDisposable
{
    private static readonly ServiceName Web = new("web");

    private readonly ScriptedRegistry _registry = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TestLog<ServiceWatches> _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ServiceWatches _watches;

    public ServiceWatchesTests()
    {
        var metrics = new MeshMetrics(_services.GetRequiredService<IMeterFactory>());
        _watches = new ServiceWatches(_registry, _time, new SeededRandom(1), metrics, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _watches.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task One_stream_serves_every_reader_and_ends_with_the_last()
    {
        var first = _watches.Watch(Web, _ => { });
        var second = _watches.Watch(new ServiceName("web"), _ => { });
        await Eventually.True(() => _registry.Active == 1);

        first.Dispose();
        first.Dispose();
        _registry.Say(Set(1));
        await Eventually.True(() => second.Current.LastGood is not null);
        Assert.Equal(1, _registry.Active);

        second.Dispose();
        await Eventually.True(() => _registry.Active == 0);
        Assert.Equal(1, _registry.Started);

        using var third = _watches.Watch(Web, _ => { });
        await Eventually.True(() => _registry.Started == 2);
    }

    [Fact]
    public async Task The_last_good_set_serves_on_through_faults_and_their_age_counts_from_the_first()
    {
        using var view = _watches.Watch(Web, _ => { });
        _registry.Say(Set(1));
        await Eventually.True(() => view.Current.LastGood is not null);
        var set = view.Current.LastGood;
        var since = _time.GetUtcNow();

        _registry.Say(new RegistryUpdate.Fault("first"));
        await Eventually.True(() => view.Current.Trouble == "first");
        _time.Advance(TimeSpan.FromHours(3));
        _registry.Say(new RegistryUpdate.Fault("second"));
        await Eventually.True(() => view.Current.Trouble == "second");

        Assert.Same(set, view.Current.LastGood);
        Assert.Equal(since, view.Current.StaleSince);
        Assert.Equal(1, _log.Count(1000));
        Assert.Equal(1, _log.Count(1001));

        _registry.Say(Set(1));
        await Eventually.True(() => view.Current.Trouble is null);
        Assert.Same(set, view.Current.LastGood);
        Assert.Null(view.Current.StaleSince);
        Assert.Equal(1, _log.Count(1002));
    }

    [Fact]
    public async Task A_stale_update_says_since_when_itself()
    {
        using var view = _watches.Watch(Web, _ => { });
        _registry.Say(Set(1));
        var since = _time.GetUtcNow() - TimeSpan.FromMinutes(2);
        _registry.Say(new RegistryUpdate.Stale(since, "no leader"));
        await Eventually.True(() => view.Current.Trouble is not null);
        Assert.Equal(new WatchState(view.Current.LastGood, since, "no leader"), view.Current);
    }

    [Fact]
    public async Task Without_any_set_a_fault_is_told_but_nothing_is_stale()
    {
        var states = new ConcurrentQueue<WatchState>();
        using var view = _watches.Watch(Web, states.Enqueue);
        _registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => !states.IsEmpty);
        Assert.Equal(new WatchState(null, null, "away"), Assert.Single(states));
    }

    [Fact]
    public async Task Readers_hear_of_changes_only_and_late_ones_at_once()
    {
        var states = new ConcurrentQueue<WatchState>();
        using var view = _watches.Watch(Web, states.Enqueue);
        _registry.Say(Set(1));
        await Eventually.True(() => states.Count == 1);
        _registry.Say(Set(1));
        _registry.Say(Set(1));
        _registry.Say(Set(2));
        await Eventually.True(() => view.Current.LastGood?.Endpoints.Length == 2);
        await Eventually.True(() => states.Count == 2);
        Assert.Equal([1, 2], states.Select(state => state.LastGood!.Endpoints.Length));

        WatchState? late = null;
        using var second = _watches.Watch(Web, state => late = state);
        Assert.Equal(2, late?.LastGood?.Endpoints.Length);
    }

    [Fact]
    public async Task A_reader_that_throws_is_logged_and_harms_no_other()
    {
        using var bad = _watches.Watch(Web, _ => throw new InvalidOperationException("mine"));
        using var good = _watches.Watch(Web, _ => { });
        _registry.Say(Set(1));
        _registry.Say(Set(2));
        await Eventually.True(() => good.Current.LastGood?.Endpoints.Length == 2 && _log.Count(1003) > 0);
        Assert.Equal(1, _registry.Started);
    }

    [Fact]
    public async Task A_reader_may_join_and_leave_from_within_its_call_and_is_called_one_at_a_time()
    {
        var inside = 0;
        var overlaps = 0;
        using var view = _watches.Watch(Web, _ =>
        {
            if (Interlocked.Increment(ref inside) > 1)
                overlaps++;
            _watches.Watch(Web, _ => { }).Dispose();
            Interlocked.Decrement(ref inside);
        });
        for (var count = 1; count <= 50; count++)
            _registry.Say(Set(count));
        await Eventually.True(() => view.Current.LastGood?.Endpoints.Length == 50);
        Assert.Equal(0, overlaps);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_broken_stream_is_started_again_after_a_wait(bool throws)
    {
        using var view = _watches.Watch(Web, _ => { });
        _registry.Say(Set(1));
        await Eventually.True(() => view.Current.LastGood is not null);
        _registry.Break(throws ? new InvalidOperationException("torn") : null);
        await Eventually.True(() => view.Current.Trouble is not null);
        Assert.Equal(1, _registry.Started);
        Assert.Contains(throws ? "torn" : "ended its stream", view.Current.Trouble, StringComparison.Ordinal);

        var before = _time.GetUtcNow();
        await Eventually.True(_time, TimeSpan.FromMilliseconds(10), () => _registry.Started == 2);
        Assert.True(_time.GetUtcNow() - before >= TimeSpan.FromMilliseconds(125));
        Assert.Single(view.Current.LastGood!.Endpoints);
    }

    [Fact]
    public async Task Age_and_errors_are_measured()
    {
        using var seen = new Measurements(_services.GetRequiredService<IMeterFactory>());
        var view = _watches.Watch(Web, _ => { });
        _registry.Say(Set(1));
        await Eventually.True(() => view.Current.LastGood is not null);
        Assert.Equal(["mesh.discovery.service=web 0"], seen.Take("mesh.discovery.snapshot.age"));

        _registry.Say(new RegistryUpdate.Fault("away"));
        await Eventually.True(() => view.Current.Trouble is not null);
        _registry.Say(new RegistryUpdate.Stale(_time.GetUtcNow(), "no leader"));
        await Eventually.True(() => view.Current.Trouble == "no leader");
        _registry.Say(new RegistryUpdate.Fault("refused", new InvalidOperationException()));
        await Eventually.True(() => view.Current.Trouble == "refused");
        _time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(["mesh.discovery.service=web 7200"], seen.Take("mesh.discovery.snapshot.age"));
        Assert.Equal(
            ["mesh.discovery.service=web,error.type=_OTHER 1", "mesh.discovery.service=web,error.type=System.InvalidOperationException 1"],
            seen.Take("mesh.discovery.errors"));
        Assert.Equal(
            new[] { "snapshot", "fault", "stale", "fault" }.Select(type => $"mesh.discovery.service=web,mesh.discovery.update.type={type} 1"),
            seen.Take("mesh.discovery.updates"));
        view.Dispose();
        await Eventually.True(() => seen.Take("mesh.discovery.snapshot.age").Count == 0);
    }

    [Fact]
    public async Task Disposal_ends_every_stream_and_later_readers_are_refused()
    {
        using var view = _watches.Watch(Web, _ => { });
        await Eventually.True(() => _registry.Active == 1);
        await _watches.DisposeAsync();
        Assert.Equal(0, _registry.Active);
        Assert.Throws<ObjectDisposedException>(() => _watches.Watch(Web, _ => { }));
    }

    private static RegistryUpdate.Snapshot Set(int count) =>
        new(new ServiceSnapshot(Web, [.. Enumerable.Range(1, count).Select(i => new Endpoint { InstanceId = $"web-{i}", Host = "10.0.0.1", Port = i })]));
}
