namespace MeshClient.Measures;

/// <summary>
/// The weight that an endpoint's own load reports give it (gRPC A58). It counts once reports have come for a while, since the first ones tell of a server that is
/// still cold, and until none has come for long. Lock-free.
/// </summary>
internal struct ReportedWeight
{
    private ulong _packed;

    // When reports began to come, in ticks; 0 = none has come.
    private long _since;

    /// <summary>Takes in a report.</summary>
    /// <param name="weight">The weight, over 0.</param>
    /// <param name="now">The time.</param>
    public void Record(float weight, TimeSpan now)
    {
        if (Volatile.Read(ref _since) == 0)
            Interlocked.CompareExchange(ref _since, Math.Max(1, now.Ticks), 0);
        Volatile.Write(ref _packed, StampedValue.Pack(weight, StampedValue.Stamp(now)));
    }

    /// <summary>The weight now; 0 = none that counts.</summary>
    /// <param name="now">The time.</param>
    /// <param name="blackout">How long reports must have come.</param>
    /// <param name="expiration">How long none may have come; then all begins anew.</param>
    public float Read(TimeSpan now, TimeSpan blackout, TimeSpan expiration)
    {
        var packed = Volatile.Read(ref _packed);
        if (packed == 0)
            return 0;
        if (StampedValue.Age(packed, StampedValue.Stamp(now)) >= expiration.TotalMilliseconds)
        {
            if (Interlocked.CompareExchange(ref _packed, 0, packed) == packed)
                Volatile.Write(ref _since, 0);
            return 0;
        }
        // Zero beside a weight: a report has come while the last one expired. The next one begins anew.
        var since = Volatile.Read(ref _since);
        return since == 0 || now.Ticks - since < blackout.Ticks ? 0 : StampedValue.Value(packed);
    }

    /// <summary>Forgets all reports.</summary>
    public void Reset()
    {
        Volatile.Write(ref _packed, 0);
        Volatile.Write(ref _since, 0);
    }
}
