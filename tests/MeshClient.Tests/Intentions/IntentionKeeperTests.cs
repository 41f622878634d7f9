using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Intentions;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using static MeshClient.Tests.Intentions.Requests;

namespace MeshClient.Tests.Intentions;

public sealed class IntentionKeeperTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestLog<IntentionKeeper> _log = new();
    private readonly TestMeters _meters = new();
    private readonly Measurements _measurements;
    private readonly ScriptedSource _source = new();
    private readonly IntentionMetrics _metrics;
    private readonly IntentionKeeper _keeper;

    public IntentionKeeperTests()
    {
        _measurements = new Measurements(_meters);
        _metrics = new IntentionMetrics(_meters);
        _keeper = new IntentionKeeper(_source, _time, new SeededRandom(1), _metrics, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _measurements.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Until_something_is_known_every_request_is_denied()
    {
        Assert.False(await Ready(TimeSpan.Zero));
        Assert.Equal(IntentionGround.NothingKnown, _keeper.Decide(Web, Request()).Ground);
        Assert.False(_keeper.Decide(Web, Request()).IsAllowed);
        Assert.Empty(_measurements.Take("mesh.intentions.count"));

        _source.Say(new IntentionUpdate.Fault("Away.") { ErrorType = "503" });
        await Eventually.True(() => _keeper.Trouble == "Away.");
        Assert.Contains("every request is denied", Assert.Single(_log.Entries).Text, StringComparison.Ordinal);
        Assert.False(_keeper.Decide(Web, Request()).IsAllowed);
        Assert.Equal(["error.type=503 1"], _measurements.Take("mesh.intentions.errors"));

        _source.Say(Known(true));
        Assert.True(await Ready(TimeSpan.FromDays(1)));
        Assert.True(_keeper.Decide(Web, Request()).IsAllowed);
        Assert.Null(_keeper.Trouble);
        Assert.Equal(["mesh.intentions.destination=db 0"], _measurements.Take("mesh.intentions.count"));
        Assert.Equal(1, _log.Count(1643));
    }

    [Fact]
    public async Task What_was_good_stays_in_force_through_faults_and_broken_streams()
    {
        _keeper.Start();
        _source.Say(Known(true, Deny("web")));
        await Eventually.True(() => _keeper.Current is not null);
        var table = _keeper.Current;
        _source.Say(new IntentionUpdate.Fault("First."));
        _source.Say(new IntentionUpdate.Fault("Second."));
        await Eventually.True(() => _keeper.Trouble == "Second.");
        Assert.Equal((1, 1), (_log.Count(1641), _log.Count(1642)));

        _source.Break(new InvalidOperationException("broken"));
        await Eventually.True(_time, TimeSpan.FromMilliseconds(50), () => _source.Started == 2);
        _source.Break(null);
        await Eventually.True(_time, TimeSpan.FromMilliseconds(50), () => _source.Started == 3);
        Assert.Same(table, _keeper.Current);
        Assert.False(_keeper.Decide(Web, Request()).IsAllowed);

        _source.Say(Known(true, Deny("web")));
        await Eventually.True(() => _keeper.Trouble is null);
        Assert.Same(table, _keeper.Current);
        Assert.Equal(["mesh.intentions.destination=db 1"], _measurements.Take("mesh.intentions.updates"));
    }

    [Fact]
    public async Task A_change_is_published_whole_and_told()
    {
        var told = Channel.CreateUnbounded<bool>();
        _keeper.Changed += _ => throw new InvalidOperationException("A reader that fails keeps nobody else from it.");
        _keeper.Changed += table => told.Writer.TryWrite(table.Decide(Web, Request()).IsAllowed && ReferenceEquals(table, _keeper.Current));
        _keeper.Start();
        _source.Say(Known(false, Allow("web")));
        Assert.True(await told.Reader.ReadAsync());
        _source.Say(Known(false, Deny("web")));
        Assert.False(await told.Reader.ReadAsync());
        Assert.False(_keeper.Decide(Web, Request()).IsAllowed);
        Assert.Equal((2, 2), (_log.Count(1640), _log.Count(1647)));
        Assert.Equal(1, _source.Started);
    }

    [Fact]
    public async Task A_log_that_fails_keeps_no_change_from_those_who_end_requests()
    {
        await using var keeper = new IntentionKeeper(_source, _time, new SeededRandom(1), _metrics, new BrokenLog());
        var told = Channel.CreateUnbounded<bool>();
        keeper.Changed += table => told.Writer.TryWrite(table.Decide(Web, Request()).IsAllowed);
        keeper.Start();
        _source.Say(Known(true, Deny("web")));
        Assert.False(await told.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_cannot_be_understood_is_logged_once_it_is_in_force()
    {
        _keeper.Start();
        _source.Say(Known(true, L7("web", AllowIf with { PathRegex = "(" })));
        await Eventually.True(() => _log.Count(1644) == 1);
        Assert.Contains("web -> db cannot be understood and denies what comes to it. Permission 0: Expected a regular expression",
            _log.Entries.Single(e => e.Id == 1644).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Decisions_are_counted_by_rule_and_without_an_allocation()
    {
        var table = Table(false, Allow("web"));
        _metrics.Allowed(table.Decide(Web, Request()));
        _metrics.Denied(table.Decide(Caller("api"), Request()));
        _metrics.WouldDeny(IntentionDecision.NothingKnown);
        Assert.Equal(
            ["mesh.intentions.decision=allow,mesh.intentions.rule=web -> db 1", "mesh.intentions.decision=deny,mesh.intentions.rule=default 1",
             "mesh.intentions.decision=would_deny,mesh.intentions.rule=unknown 1"], _measurements.Take("mesh.intentions.decisions"));

        using var meters = new TestMeters();
        var unheard = new IntentionMetrics(meters);
        var decision = table.Decide(Web, Request());
        unheard.Allowed(decision);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            unheard.Allowed(decision);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static IntentionUpdate Known(bool allowByDefault, params Intention[] intentions) =>
        new IntentionUpdate.Known(new IntentionSet("db", [.. intentions], allowByDefault));

    private async Task<bool> Ready(TimeSpan limit) => await _keeper.WaitUntilReadyAsync(limit, default);

    private sealed class ScriptedSource : IIntentionSource
    {
        private Channel<IntentionUpdate> _updates = Channel.CreateUnbounded<IntentionUpdate>();
        private int _started;

        public int Started => Volatile.Read(ref _started);

        public async IAsyncEnumerable<IntentionUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var updates = _updates;
            Interlocked.Increment(ref _started);
            await foreach (var update in updates.Reader.ReadAllAsync(cancellationToken))
                yield return update;
        }

        public void Say(IntentionUpdate update) => Assert.True(_updates.Writer.TryWrite(update));

        public void Break(Exception? error)
        {
            var broken = _updates;
            _updates = Channel.CreateUnbounded<IntentionUpdate>();
            broken.Writer.Complete(error);
        }
    }

    private sealed class BrokenLog : ILogger<IntentionKeeper>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new IOException("The disk is full.");
    }
}
