namespace MeshClient.Measures;

/// <summary>
/// A number and the time it was written, in one word, so that both change together without a lock: the number in the upper half, a
/// millisecond stamp that wraps after 49 days in the lower.
/// </summary>
internal static class StampedValue
{
    /// <summary>A reader's clock may be this far behind a writer's; an older stamp than that is one that has wrapped.</summary>
    private const uint Skew = 60_000;

    public static uint Stamp(TimeSpan now) => (uint)(now.Ticks / TimeSpan.TicksPerMillisecond);

    public static ulong Pack(float value, uint stamp) => ((ulong)BitConverter.SingleToUInt32Bits(value) << 32) | stamp;

    public static float Value(ulong packed) => BitConverter.UInt32BitsToSingle((uint)(packed >> 32));

    /// <summary>The milliseconds from the stamp to <paramref name="now"/>; 0 when the writer's clock was ahead.</summary>
    public static uint Age(ulong packed, uint now)
    {
        var age = now - (uint)packed;
        return age > uint.MaxValue - Skew ? 0 : age;
    }

    /// <summary>What is left after the time from the stamp to <paramref name="now"/>: <c>e^(-age/tau)</c>, in (0, 1].</summary>
    public static float Remaining(ulong packed, uint now, float tauMilliseconds)
    {
        var age = Age(packed, now);
        return age == 0 ? 1 : MathF.Exp(-age / tauMilliseconds);
    }
}
