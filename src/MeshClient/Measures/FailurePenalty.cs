namespace MeshClient.Measures;

/// <summary>
/// Makes a fast failure count as slow: without it an instance that fails at once looks idle and quick, and every load-aware policy would
/// send it more calls (the sinkhole of Linkerd's load-biaser). Zero, the normal case, is recognised without reading the time. Lock-free.
/// </summary>
internal struct FailurePenalty
{
    /// <summary>One failure weighs as much as ten calls: enough to lose against any normally loaded instance.</summary>
    private const float PerFailure = 10;

    /// <summary>Reached by ten failures; from there the instance is tried again after 5 s · ln 100 = 23 s.</summary>
    private const float Cap = 100;

    /// <summary>Half of PeakEwma's: the penalty is only evidence of failure, and failing again costs little.</summary>
    private const float TauMilliseconds = 5_000;

    /// <summary>What is too small to decide anything becomes exactly zero.</summary>
    private const float Negligible = 0.1f;

    /// <summary>
    /// How long a penalty of one keeps probes away: 250 ms after a first failure, longer the more there are, 2.5 s at most. An instance that is
    /// really broken is so known and ejected within seconds, and one that failed once is back as soon.
    /// </summary>
    private const float ProbeMillisecondsPerPenalty = 25;

    private ulong _packed;

    public readonly bool IsZero => _packed == 0;

    /// <summary>Zero exactly when the penalty is; else of no meaning outside.</summary>
    public readonly ulong Raw => _packed;

    /// <summary>The penalty, 0 to 100; a load is multiplied by one plus it.</summary>
    public readonly float Read(TimeSpan now)
    {
        var packed = _packed;
        return packed == 0 ? 0 : Current(packed, StampedValue.Stamp(now));
    }

    /// <summary>Whether a call that can be repeated elsewhere may find out how the instance does now, penalty or not.</summary>
    public readonly bool IsProbeDue(TimeSpan now)
    {
        var packed = _packed;
        return StampedValue.Age(packed, StampedValue.Stamp(now)) >= StampedValue.Value(packed) * ProbeMillisecondsPerPenalty;
    }

    public void Fail(TimeSpan now)
    {
        var stamp = StampedValue.Stamp(now);
        ulong seen, next;
        do
        {
            seen = Volatile.Read(ref _packed);
            next = StampedValue.Pack(Math.Min(Cap, Current(seen, stamp) + PerFailure), stamp);
        }
        while (Interlocked.CompareExchange(ref _packed, next, seen) != seen);
    }

    public void Succeed(TimeSpan now)
    {
        var seen = Volatile.Read(ref _packed);
        while (seen != 0)
        {
            var stamp = StampedValue.Stamp(now);
            var half = Current(seen, stamp) / 2;
            var found = Interlocked.CompareExchange(ref _packed, half < Negligible ? 0 : StampedValue.Pack(half, stamp), seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    public void Reset() => Interlocked.Exchange(ref _packed, 0);

    private static float Current(ulong packed, uint stamp)
    {
        var value = StampedValue.Value(packed) * StampedValue.Remaining(packed, stamp, TauMilliseconds);
        return value < Negligible ? 0 : value;
    }
}
