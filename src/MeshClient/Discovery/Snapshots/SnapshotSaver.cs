using MeshClient.Model;
using MeshClient.Primitives;

namespace MeshClient.Discovery.Snapshots;

/// <summary>
/// Decides when the set of one service is written: soon after the first, then at most every ten seconds however often it changes, and
/// every ten minutes while the registry confirms a set that does not change, so that its age on disk is that of the confirmation.
/// </summary>
internal sealed class SnapshotSaver : IAsyncDisposable
{
    internal static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan Refresh = TimeSpan.FromMinutes(10);
    internal static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);

    /// <summary>A disk that hangs may not hold up the end of the program for longer.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly ServiceName _service;
    private readonly SnapshotStore _store;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private ServiceSnapshot? _latest;
    private DateTimeOffset? _doubtedAt;
    private SavedSet? _written;
    private DateTimeOffset? _triedAt;
    private DateTimeOffset? _due;
    private Task? _end;

    public SnapshotSaver(ServiceName service, SnapshotStore store, TimeProvider time)
    {
        _service = service;
        _store = store;
        _time = time;
        _timer = time.CreateDetachedTimer(static state => ((SnapshotSaver)state!).OnTimer(), this);
    }

    /// <summary>The registry says that this is the set now.</summary>
    public void Confirm(ServiceSnapshot snapshot)
    {
        lock (_lock)
        {
            _latest = snapshot;
            _doubtedAt = null;
            Schedule(failed: false);
        }
    }

    /// <summary>The registry no longer vouches for the set.</summary>
    public void Doubt()
    {
        lock (_lock)
            _doubtedAt ??= _time.GetUtcNow();
    }

    /// <summary>What is to be written; null = what is written says it all.</summary>
    public SavedSet? Take()
    {
        lock (_lock)
        {
            if (_latest is null)
                return null;
            var set = new SavedSet(_latest, _doubtedAt ?? _time.GetUtcNow());
            return set == _written ? null : set;
        }
    }

    /// <summary>A write has ended.</summary>
    /// <param name="set">What is on disk now; null = it failed.</param>
    public void Written(SavedSet? set)
    {
        lock (_lock)
        {
            _written = set ?? _written;
            Schedule(failed: set is null);
        }
    }

    /// <summary>Writes what is not yet written, and waits for it for a while.</summary>
    public async ValueTask DisposeAsync()
    {
        Task end;
        lock (_lock)
        {
            _timer.Dispose();
            end = _end ??= _store.WriteAsync(this);
        }
        try
        {
            await end.WaitAsync(EndLimit, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The file of before stays, whole.
        }
        _store.Closed(this);
    }

    public override string ToString() => $"{_service}, to be written at {_due:u}";

    private void OnTimer()
    {
        lock (_lock)
        {
            _due = null;
            if (_end is not null)
                return;
            // From here on, so that a change during the write waits its interval too.
            _triedAt = _time.GetUtcNow();
        }
        // What it may not write is logged by the store.
        _ = _store.WriteAsync(this);
    }

    private void Schedule(bool failed)
    {
        if (_end is not null || _latest is null)
            return;
        var now = _time.GetUtcNow();
        var changed = !_latest.Equals(_written?.Snapshot);
        DateTimeOffset? due = (_triedAt, changed) switch
        {
            (null, _) => now + FirstWait,
            ({ } tried, true) => tried + (failed ? Retry : Interval),
            ({ } tried, false) => _doubtedAt is null ? tried + Refresh : null,
        };
        if (due is null || _due <= due)
            return;
        _due = due;
        _timer.Change(due.Value > now ? due.Value - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
