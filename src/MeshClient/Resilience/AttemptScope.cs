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
/// <remarks>
/// Setting a limit writes a number. The timer is set only when it would ring too late, and when it rings early it is set again for what is left:
/// a pooled scope touches its timer once in the length of a limit, not several times a call.
/// </remarks>
internal sealed class AttemptScope
{
    private const long Never = long.MaxValue;

    /// <summary>The low bits of <see cref="_use"/> hold a <see cref="ScopeEnd"/> or this; those above count the uses, so that a timer that rings late cannot end the next one.</summary>
    private const int Idle = 3;

    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _caller;
    private ScopedWriteStream? _writes;
    private long _due = Never;
    private long _rings = Never;
    private int _use = Idle;

    private AttemptScope(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateDetachedTimer(static state => ((AttemptScope)state!).OnTimer(), this);
    }

    /// <summary>Trips at the end of the time or when the caller cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>What tripped the token.</summary>
    public ScopeEnd End => (Volatile.Read(ref _use) & Idle) is var end and not Idle ? (ScopeEnd)end : ScopeEnd.None;

    /// <summary>Begins a use.</summary>
    public void Begin() => Volatile.Write(ref _use, (_use | Idle) + 1);

    /// <summary>Ties the scope to a caller, until <see cref="Detach"/>. A caller that has cancelled already trips it at once.</summary>
    public void Attach(CancellationToken caller)
    {
        if (caller.CanBeCanceled)
            _caller = Register(caller);
    }

    /// <summary>Unties the scope from its caller: what the caller cancels from now on no longer trips the token.</summary>
    public void Detach()
    {
        _caller.Dispose();
        _caller = default;
    }

    /// <summary>Ties the scope to a further caller, until the registration is disposed.</summary>
    public CancellationTokenRegistration Register(CancellationToken caller) =>
        caller.UnsafeRegister(static state => ((AttemptScope)state!).TripCancelled(), this);

    /// <summary>Starts or moves the time limit. <see cref="Timeout.InfiniteTimeSpan"/> = none.</summary>
    public void Arm(TimeSpan limit) => Arm(limit, _time.Now());

    /// <summary>Starts or moves the time limit, from a moment just read.</summary>
    public void Arm(TimeSpan limit, TimeSpan now)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            Disarm();
            return;
        }
        // A full fence between the two: either the timer that rings now sees the new limit, or this sees that the timer is not set.
        Interlocked.Exchange(ref _due, (now + limit).Ticks);
        if (Volatile.Read(ref _rings) > (now + limit).Ticks)
            SetTimer();
    }

    /// <summary>Ends the time limit.</summary>
    public void Disarm() => Volatile.Write(ref _due, Never);

    /// <summary>Trips the token for the caller.</summary>
    public void TripCancelled() => Trip(Volatile.Read(ref _use), ScopeEnd.Cancelled);

    /// <summary>Whether the target of <see cref="Watch"/> refused what was written.</summary>
    public bool TargetFailed => _writes is { TargetFailed: true };

    /// <summary>A stream that passes writes on and moves the time limit with each, for as long as the scope is in use.</summary>
    /// <param name="target">Where the writes go.</param>
    /// <param name="idle">The longest time from the end of one write to the next.</param>
    public Stream Watch(Stream target, TimeSpan idle)
    {
        _writes ??= new ScopedWriteStream(this);
        _writes.Set(target, idle);
        return _writes;
    }

    private void SetTimer()
    {
        lock (_gate)
        {
            var due = Volatile.Read(ref _due);
            if (due < _rings)
                Ring(due);
        }
    }

    private void OnTimer()
    {
        var use = Volatile.Read(ref _use);
        lock (_gate)
        {
            Interlocked.Exchange(ref _rings, Never);
            var due = Volatile.Read(ref _due);
            if (due == Never)
                return;
            if (due > _time.Now().Ticks)
            {
                Ring(due);
                return;
            }
        }
        // The next use may have begun meanwhile: its limit is not this one's.
        if (!Trip(use, ScopeEnd.TimedOut) && (Volatile.Read(ref _use) | Idle) != (use | Idle))
            SetTimer();
    }

    // In whole milliseconds, rounded up, as timers count: one that rings a little early would have to be set again.
    private void Ring(long due)
    {
        Volatile.Write(ref _rings, due);
        var left = Math.Max(0, due - _time.Now().Ticks);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(left / (double)TimeSpan.TicksPerMillisecond)), Timeout.InfiniteTimeSpan);
    }

    private bool Trip(int use, ScopeEnd end)
    {
        if ((use & Idle) != (int)ScopeEnd.None || Interlocked.CompareExchange(ref _use, use | (int)end, use) != use)
            return false;
        _source.Cancel();
        return true;
    }

    /// <summary>The scopes at rest. Those that tripped are not used again.</summary>
    internal sealed class Pool(TimeProvider time)
    {
        private const int MostKept = 1024;
        private readonly ConcurrentQueue<AttemptScope> _kept = new();
        private AttemptScope? _next;
        private int _count;

        /// <summary>A scope for one attempt; it ends by <see cref="Return"/> or <see cref="Drop"/>.</summary>
        public AttemptScope Rent()
        {
            var scope = Interlocked.Exchange(ref _next, null);
            if (scope is null)
            {
                if (_kept.TryDequeue(out scope))
                    Interlocked.Decrement(ref _count);
                else
                    scope = new AttemptScope(time);
            }
            scope.Begin();
            return scope;
        }

        /// <summary>Takes a scope back. No operation may hold its token any more.</summary>
        public void Return(AttemptScope scope)
        {
            scope.Detach();
            scope.Disarm();
            // The pool must not keep what a body was copied to, which may be a buffer of all of it.
            scope._writes?.Set(Stream.Null, Timeout.InfiniteTimeSpan);
            var use = Volatile.Read(ref scope._use);
            if ((use & Idle) != (int)ScopeEnd.None || Interlocked.CompareExchange(ref scope._use, use | Idle, use) != use || !scope._source.TryReset())
                Drop(scope);
            else if (Interlocked.CompareExchange(ref _next, scope, null) is not null)
                Keep(scope);
        }

        /// <summary>Ends a scope whose token may still be held by an operation.</summary>
        public static void Drop(AttemptScope scope)
        {
            scope.Detach();
            scope.Disarm();
            scope._timer.Dispose();
        }

        private void Keep(AttemptScope scope)
        {
            if (Interlocked.Increment(ref _count) <= MostKept)
            {
                _kept.Enqueue(scope);
                return;
            }
            Interlocked.Decrement(ref _count);
            Drop(scope);
        }
    }
}
