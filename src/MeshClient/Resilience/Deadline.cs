namespace MeshClient.Resilience;

/// <summary>The moment at which nobody awaits a call any more. Relative times are added once, where a call begins.</summary>
/// <param name="At">The moment, on the process's monotonic clock; <see cref="TimeSpan.MaxValue"/> = never.</param>
internal readonly record struct Deadline(TimeSpan At)
{
    // Timers reach no further (2^31 ms), and nobody waits so long.
    private static readonly TimeSpan s_furthest = TimeSpan.FromDays(24);

    private static readonly TimeSpan s_coarseness = TimeSpan.FromMilliseconds(20);

    /// <summary>A deadline that never passes.</summary>
    public static Deadline Never { get; } = new(TimeSpan.MaxValue);

    /// <summary>The deadline of what may take a time from now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">More than 24 days = it never passes.</param>
    public static Deadline After(TimeSpan now, TimeSpan limit) => limit > s_furthest ? Never : new(now + limit);

    /// <summary>The earlier of a call's own limit and the deadline of the inbound call it is made for.</summary>
    /// <param name="now">When the call begins.</param>
    /// <param name="limit">Its own time; more than 24 days, such as <see cref="TimeSpan.MaxValue"/> = it has none.</param>
    /// <param name="inbound">The call it is made for; null = none.</param>
    public static Deadline Of(TimeSpan now, TimeSpan limit, InboundCall? inbound)
    {
        var own = After(now, limit);
        return inbound is null ? own : own.Or(inbound.Deadline);
    }

    /// <summary>The earlier of two deadlines.</summary>
    public Deadline Or(Deadline other) => other.At < At ? other : this;

    /// <summary>The time left; zero or less = it has passed, <see cref="TimeSpan.MaxValue"/> = it never does.</summary>
    public TimeSpan Left(TimeSpan now) => IsNever ? At : At - now;

    /// <summary>Whether the deadline has passed.</summary>
    public bool HasPassed(TimeSpan now) => now >= At;

    /// <summary>Whether a call that is given up now is so for its deadline: the timers of its caller may ring a little before, as coarse as they are.</summary>
    public bool IsOver(TimeSpan now) => Left(now) <= s_coarseness;

    /// <summary>Whether it passes at all.</summary>
    public bool IsNever => At == TimeSpan.MaxValue;

    /// <summary>The shorter of a limit and the time left.</summary>
    public TimeSpan Clamp(TimeSpan limit, TimeSpan now) => limit < Left(now) ? limit : Left(now);
}
