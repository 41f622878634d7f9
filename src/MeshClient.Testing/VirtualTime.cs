namespace MeshClient.Testing;

/// <summary>
/// A clock that stands still until the test moves it. Beside <see cref="Advance"/>, which <c>FakeTimeProvider</c> has as well, it can jump
/// from timer to timer until a call has ended: <see cref="RunAsync{T}"/>. So a call that waits (for a retry, a time-out, a scripted delay)
/// takes no real time, and the test need not know how long it waits. Thread-safe.
/// </summary>
/// <param name="start">The time at the start.</param>
public sealed class VirtualTime(DateTimeOffset start) : TimeProvider
{
    // Looks at the thread pool, and not times: where the machine is slow, they are far between.
    private const int LooksAtRest = 2, MostLooks = 100;
    private const int LooksAtRestWhileHeld = 150, MostLooksWhileHeld = 1000;
    private const int RoundsInVain = 500;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_atMost = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly List<VirtualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private int _holds;

    /// <summary>A clock that starts at midnight of 1 January 2026, UTC.</summary>
    public VirtualTime()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass, firing what falls due, in order.</summary>
    /// <param name="by">How much; zero or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative: a clock does not go back.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = GetUtcNow() + by;
        while (JumpToNext(end))
        {
        }
        JumpTo(end);
    }

    /// <summary>Jumps to the next timer, if it is due by a limit.</summary>
    /// <param name="limit">The latest time to jump to.</param>
    /// <returns>False when there is none.</returns>
    public bool JumpToNext(DateTimeOffset limit)
    {
        if (Next() is not { } due || due > limit)
            return false;
        JumpTo(due);
        return true;
    }

    /// <summary>
    /// Jumps from timer to timer until the task has ended. It jumps when the thread pool has come to rest and no call is with the handler of a
    /// <see cref="TestInstance"/>: that is real work, and virtual time waits for it. A handler that waits on this same clock is given a
    /// good third of a second of real time before the clock goes on nonetheless; <see cref="Fault.Delay"/> has no such pause.
    /// </summary>
    /// <param name="task">What to wait for, already begun.</param>
    /// <param name="atMost">The most virtual time that may pass; null = 5 min.</param>
    /// <typeparam name="T">What the task gives.</typeparam>
    /// <returns>What the task gives, or throws.</returns>
    /// <exception cref="TimeoutException">The task did not end, and no timer is left that is due in that time.</exception>
    public async Task<T> RunAsync<T>(Task<T> task, TimeSpan? atMost = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        await RunToEndAsync(task, atMost ?? s_atMost).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public async Task RunAsync(Task task, TimeSpan? atMost = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        await RunToEndAsync(task, atMost ?? s_atMost).ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }

    /// <summary>Keeps <see cref="RunAsync{T}"/> from jumping while real work goes on that it cannot see.</summary>
    internal void Hold() => Interlocked.Increment(ref _holds);

    /// <summary>Ends a hold.</summary>
    internal void Release() => Interlocked.Decrement(ref _holds);

    // On a thread of its own: several clocks that looked from the thread pool would see each other at work there for ever.
    private Task RunToEndAsync(Task task, TimeSpan atMost) => Task.Factory.StartNew(
        () => RunToEnd(task, atMost), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private void RunToEnd(Task task, TimeSpan atMost)
    {
        var end = GetUtcNow() + atMost;
        var ended = ((IAsyncResult)task).AsyncWaitHandle;
        for (var (free, quiet, inVain) = (0, 0, 0); !ended.WaitOne(s_look);)
        {
            // What the last jump set going comes to rest first. Workers that stay busy may be another test's.
            free = ThreadPool.PendingWorkItemCount == 0 ? free + 1 : 0;
            quiet = free > 0 && WorkersAtWork() == 0 ? quiet + 1 : 0;
            var held = Volatile.Read(ref _holds) > 0;
            if (quiet < (held ? LooksAtRestWhileHeld : LooksAtRest) && free < (held ? MostLooksWhileHeld : MostLooks))
                continue;
            (free, quiet) = (0, 0);
            if (Next() is { } due && due <= end)
            {
                inVain = 0;
                // Not here, for what a timer sets going may block.
                ThreadPool.UnsafeQueueUserWorkItem(static jump => jump.Clock.JumpTo(jump.To), (Clock: this, To: due), preferLocal: false);
            }
            else if (++inVain == RoundsInVain)
            {
                throw new TimeoutException(
                    $"Expected the task to end within {atMost} of virtual time, found that it neither has nor waits for a timer of this clock that is due by then. "
                    + "Does all that it waits for take its TimeProvider from the container, and is this clock registered there?");
            }
        }
    }

    private static int WorkersAtWork()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available;
    }

    private DateTimeOffset? Next()
    {
        lock (_gate)
            return _timers.Min(t => t.Due);
    }

    private void JumpTo(DateTimeOffset to)
    {
        VirtualTimer[] due;
        lock (_gate)
        {
            _now = to > _now ? to : _now;
            due = [.. _timers.Where(t => t.Due <= _now).OrderBy(t => t.Due)];
            foreach (var timer in due)
                timer.Rearm(_now);
        }
        foreach (var timer in due)
            timer.Fire();
    }

    private sealed class VirtualTimer(VirtualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : owner._now + dueTime;
                owner._timers.Remove(this);
                if (Due is not null)
                    owner._timers.Add(this);
            }
            return true;
        }

        public void Rearm(DateTimeOffset now)
        {
            Due = _period > TimeSpan.Zero ? now + _period : null;
            if (Due is null)
                owner._timers.Remove(this);
        }

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
