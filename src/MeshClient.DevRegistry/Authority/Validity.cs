namespace MeshClient.DevRegistry.Authority;

/// <summary>When a certificate is valid, in whole seconds.</summary>
internal readonly record struct Validity(DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    private static readonly TimeSpan LongestBackdate = TimeSpan.FromMinutes(1);

    public TimeSpan Length => NotAfter - NotBefore;

    /// <summary>From now on.</summary>
    public static Validity From(DateTimeOffset now, TimeSpan length)
    {
        var start = Floor(now);
        return new(start, Floor(start + length));
    }

    /// <summary>From a minute ago, so that peers whose clocks are late take it; a short life starts a tenth of it ago.</summary>
    public static Validity Backdated(DateTimeOffset now, TimeSpan length)
    {
        var back = length / 10;
        return From(now - (back < LongestBackdate ? back : LongestBackdate), length);
    }

    private static DateTimeOffset Floor(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
