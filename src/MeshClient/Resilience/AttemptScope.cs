using System.Collections.Concurrent;
using MeshClient.Primitives;

namespace MeshClient.Resilience;

/// <summary>Why the token of an <see cref="AttemptScope"/> was cancelled.</summary>
internal enum ScopeEnd
{
    None,
    TimedOut,
    Cancelled,
}

/// <summary>
/// The cancellation of one attempt: one token that trips when its time is up or when its caller cancels. Pooled with its timer, for a linked
/// source with its own timer costs each call several hundred bytes (Polly's timeout strategy makes one as well).
/// </summary>
internal sealed class AttemptScope
{
    private const int Idle = -1;

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _caller;
    private long _due = long.MaxValue;
    private int _end = Idle;

    private AttemptScope(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateDetachedTimer(static state => ((AttemptScope)state!).OnTimer(), this);
    }

    /// <summary>Trips at the end of the time or when the caller cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What tripped the token.</summary>
    public ScopeEnd End => (ScopeEnd)Math.Max(0, Volatile.Read(ref _end));

    /// <summary>Ties the scope to a caller.</summary>
    public void Begin(CancellationToken caller)
    {
        Volatile.Write(ref _end, (int)ScopeEnd.None);
        if (caller.CanBeCanceled)
            _caller = caller.UnsafeRegister(static state => ((AttemptScope)state!).TripCancelled(), this);
    }

    /// <summary>Starts or moves the time limit. <see cref="Timeout.InfiniteTimeSpan"/> = none.</summary>
    public void Arm(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            Disarm();
            return;
        }
        Volatile.Write(ref _due, (_time.Now() + limit).Ticks);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends the time limit.</summary>
    public void Disarm()
    {
        if (Volatile.Read(ref _due) == long.MaxValue)
            return;
        Volatile.Write(ref _due, long.MaxValue);
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Unties the scope from its caller: what the caller cancels from now on no longer trips the token.</summary>
    public void Detach()
    {
        _caller.Dispose();
        _caller = default;
    }

    /// <summary>Trips the token for the caller.</summary>
    public void TripCancelled() => Trip(ScopeEnd.Cancelled);

    private void OnTimer()
    {
        var left = Volatile.Read(ref _due) - _time.Now().Ticks;
        if (left <= 0)
            Trip(ScopeEnd.TimedOut);
        else if (Volatile.Read(ref _due) != long.MaxValue)
            // A late callback of an earlier limit, or a timer coarser than the timestamps: the limit itself is still ahead.
            _timer.Change(TimeSpan.FromTicks(left) + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void Trip(ScopeEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, (int)end, (int)ScopeEnd.None) == (int)ScopeEnd.None)
            _source.Cancel();
    }

    /// <summary>The scopes at rest. Those that tripped are not used again.</summary>
    internal sealed class Pool(TimeProvider time)
    {
        private const int MostKept = 1024;
        private readonly ConcurrentQueue<AttemptScope> _kept = new();

        public AttemptScope Rent() => _kept.TryDequeue(out var scope) ? scope : new AttemptScope(time);

        /// <summary>Takes a scope back. No operation may hold its token any more.</summary>
        public void Return(AttemptScope scope)
        {
            scope.Detach();
            scope.Disarm();
            if (Interlocked.CompareExchange(ref scope._end, Idle, (int)ScopeEnd.None) == (int)ScopeEnd.None
                && _kept.Count < MostKept && scope._source.TryReset())
                _kept.Enqueue(scope);
            else
                Drop(scope);
        }

        /// <summary>Ends a scope whose token may still be held by an operation.</summary>
        public static void Drop(AttemptScope scope)
        {
            scope.Detach();
            scope.Disarm();
            scope._timer.Dispose();
        }
    }
}
