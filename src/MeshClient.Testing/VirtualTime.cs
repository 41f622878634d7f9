using System.Diagnostics;
using MeshClient.Testing.Seam;

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
    private const int LooksAtRestBesideWork = 150, MostLooksBesideWork = 1000;
    private const int RoundsInVain = 500;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_atMost = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly List<VirtualTimer> _timers = [];
    private DateTimeOffset _now = start;

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
    /// Jumps from timer to timer until the task has ended. It jumps when the thread pool has come to rest and no call is with what plays a
    /// <see cref="TestInstance"/>: that is real work, and virtual time stands still for it, however long it takes (30 s at most).
    /// </summary>
    /// <remarks>
    /// A handler may wait on this same clock as well. While a wait that began after the handler was entered is pending, by a timer of this clock or by a
    /// fault, the clock goes on, after a good third of a second of real time without activity. A time limit (a
    /// <see cref="CancellationTokenSource"/> of this clock, and those of the mesh) is no such wait. One that began before, such as that of a background
    /// service, cannot be told from others and is not seen as the handler's. <see cref="Fault.Delay"/> and <see cref="Fault.NoAnswer"/> need no pause.
    /// </remarks>
    /// <param name="task">What to wait for, already begun.</param>
    /// <param name="atMost">The most virtual time that may pass; null = 5 min.</param>
    /// <typeparam name="T">What the task gives.</typeparam>
    /// <returns>What the task gives, or throws.</returns>
    /// <exception cref="TimeoutException">
    /// The task did not end, and no timer is left that is due in that time; or what plays an instance has not answered in 30 s of real time and does not
    /// wait on this clock. The message names it.
    /// </exception>
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

    /// <summary>What must not be overtaken.</summary>
    internal WorkInProgress Work { get; } = new();

    /// <summary>How long a work may take, in real time. A debugger may stop it for longer.</summary>
    internal TimeSpan LongestWork { get; init; } = TimeSpan.FromSeconds(30);

    // On a thread of its own: several clocks that looked from the thread pool would see each other at work there for ever.
    private Task RunToEndAsync(Task task, TimeSpan atMost) => Task.Factory.StartNew(
        () => RunToEnd(task, atMost), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);

    private void RunToEnd(Task task, TimeSpan atMost)
    {
        var end = GetUtcNow() + atMost;
        var began = TimeProvider.System.GetTimestamp();
        var ended = ((IAsyncResult)task).AsyncWaitHandle;
        for (var (free, quiet, inVain) = (0, 0, 0); !ended.WaitOne(s_look);)
        {
            var work = Work.Look(LatestWait());
            if (work == WorkInProgress.State.AtWork)
            {
                (free, quiet) = (0, 0);
                ThrowIfTooLong(began);
                continue;
            }
            // What the last jump set going comes to rest first. Workers that stay busy may be another test's.
            free = ThreadPool.PendingWorkItemCount == 0 ? free + 1 : 0;
            quiet = free > 0 && WorkersAtWork() == 0 ? quiet + 1 : 0;
            var alone = work == WorkInProgress.State.None;
            if (quiet < (alone ? LooksAtRest : LooksAtRestBesideWork) && free < (alone ? MostLooks : MostLooksBesideWork))
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

    private void ThrowIfTooLong(long began)
    {
        if (Debugger.IsAttached || Work.LongerThan(LongestWork, began, LatestWait()) is not { Length: > 0 } work)
            return;
        throw new TimeoutException(
            $"Expected {work} to answer within {LongestWork.TotalSeconds} s of real time, or to wait on this clock, found that it does neither. "
            + "Virtual time stands still for what plays an instance. Let it take its TimeProvider from this clock, or, to play one that never answers, inject Fault.NoAnswer().");
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

    private long LatestWait()
    {
        lock (_gate)
            return _timers.Where(t => t.IsWait).Select(t => t.Moment).DefaultIfEmpty().Max();
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

        /// <summary>When it was set, in the order of <see cref="WorkInProgress.NextMoment"/>.</summary>
        public long Moment { get; private set; }

        /// <summary>Whether somebody waits for it to ring, as far as can be seen: time limits are there not to ring.</summary>
        public bool IsWait { get; } = state is not CancellationTokenSource && callback.Method.Module != typeof(Model.Endpoint).Module;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._gate)
            {
                _period = period;
                Moment = owner.Work.NextMoment();
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
