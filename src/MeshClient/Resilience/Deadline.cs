namespace MeshClient.Resilience;

/// <summary>The moment at which nobody awaits a call any more. Relative times are added once, where a call begins.</summary>
/// <param name="At">The moment, on the process's monotonic clock; <see cref="TimeSpan.MaxValue"/> = never.</param>
internal readonly record struct Deadline(TimeSpan At)
{
    /// <summary>A deadline that never passes.</summary>
    public static Deadline Never { get; } = new(TimeSpan.MaxValue);

    /// <summary>The earlier of a call's own limit and the deadline of the inbound call it is made for.</summary>
    /// <param name="now">When the call begins.</param>
    /// <param name="limit">Its own time; <see cref="TimeSpan.MaxValue"/> = it has none.</param>
    /// <param name="inbound">The call it is made for; null = none.</param>
    public static Deadline Of(TimeSpan now, TimeSpan limit, InboundCall? inbound)
    {
        var own = limit == TimeSpan.MaxValue ? limit : now + limit;
        return new(inbound is not null && inbound.Deadline.At < own ? inbound.Deadline.At : own);
    }

    /// <summary>The earlier of two deadlines.</summary>
    public Deadline Or(Deadline other) => other.At < At ? other : this;

    /// <summary>The time left; zero or less = it has passed.</summary>
    public TimeSpan Left(TimeSpan now) => At - now;

    /// <summary>Whether the deadline has passed.</summary>
    public bool HasPassed(TimeSpan now) => now >= At;

    /// <summary>Whether it passes at all.</summary>
    public bool IsNever => At == TimeSpan.MaxValue;

    /// <summary>The shorter of a limit and the time left.</summary>
    public TimeSpan Clamp(TimeSpan limit, TimeSpan now) => limit < Left(now) ? limit : Left(now);
}
