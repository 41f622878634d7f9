namespace MeshClient.Measures;

/// <summary>
/// The time to response headers as a cost that jumps to every peak and forgets it slowly (Finagle, <c>PeakEwma.scala</c>). Lock-free.
/// </summary>
/// <remarks>
/// Finagle forgets by writing at every read; here reading decays the number without writing it, to the same effect: an instance that was
/// slow and gets no calls is tried again after a while (200 ms among 2 ms: some 14 s).
/// </remarks>
internal struct PeakEwma
{
    /// <summary>
    /// How fast a peak is forgotten. Finagle's and Linkerd's 10 s bench an instance that paused once for 300 ms among others of 1 ms for a minute;
    /// 3 s for 17 s, and one that stays 200 ms slow is still asked only once in 16 s.
    /// </summary>
    private const float TauMilliseconds = 3_000;

    /// <summary>Below this a difference is scheduling noise, not the instance: all count as equally fast.</summary>
    private const float FloorMilliseconds = 1;

    /// <summary>The first calls of an instance pay for its connection and its cold code: of so many the fastest counts, not the slowest.</summary>
    internal const int EarlySamples = 5;

    private ulong _packed;
    private int _samples;

    /// <summary>How many samples there are, counted up to <see cref="EarlySamples"/>.</summary>
    public readonly int Samples => _samples;

    /// <summary>The cost in milliseconds, at least 1.</summary>
    public readonly float Milliseconds(TimeSpan now)
    {
        var packed = _packed;
        var value = StampedValue.Value(packed);
        return value <= FloorMilliseconds
            ? FloorMilliseconds
            : Math.Max(FloorMilliseconds, value * StampedValue.Remaining(packed, StampedValue.Stamp(now), TauMilliseconds));
    }

    /// <summary>Takes in the time to the headers of a good response.</summary>
    public void Observe(TimeSpan latency, TimeSpan now)
    {
        var early = Volatile.Read(ref _samples) < EarlySamples;
        Update((float)latency.TotalMilliseconds, StampedValue.Stamp(now), early, lowers: true);
        if (early)
            Interlocked.Increment(ref _samples);
    }

    /// <summary>Takes in that a call was not answered well for so long: it may raise the cost and never lowers it, nor counts as a sample.</summary>
    public void ObserveAtLeast(TimeSpan elapsed, TimeSpan now)
    {
        if (Volatile.Read(ref _samples) >= EarlySamples)
            Update((float)elapsed.TotalMilliseconds, StampedValue.Stamp(now), early: false, lowers: false);
    }

    /// <summary>Forgets everything, as of a new instance.</summary>
    public void Reset()
    {
        Interlocked.Exchange(ref _packed, 0);
        Interlocked.Exchange(ref _samples, 0);
    }

    private void Update(float sample, uint stamp, bool early, bool lowers)
    {
        while (true)
        {
            var seen = Volatile.Read(ref _packed);
            var remaining = StampedValue.Remaining(seen, stamp, TauMilliseconds);
            var cost = StampedValue.Value(seen);
            if (!lowers && sample <= cost * remaining)
                return;
            var next = early ? (seen == 0 ? sample : Math.Min(cost, sample)) : Next(cost, sample, remaining);
            if (Interlocked.CompareExchange(ref _packed, StampedValue.Pack(next, stamp), seen) == seen)
                return;
        }
    }

    private static float Next(float cost, float sample, float remaining) =>
        sample > cost * remaining ? sample : (cost * remaining) + (sample * (1 - remaining));
}
