using System.Globalization;

namespace MeshClient.Resilience;

/// <summary>gRPC's format of a relative time: at most eight digits and a unit of <c>H M S m u n</c> (gRPC over HTTP/2, "Timeout").</summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;
    private static readonly (char Unit, double Ticks)[] s_units =
    [
        ('n', TimeSpan.TicksPerMicrosecond / 1000.0), ('u', TimeSpan.TicksPerMicrosecond), ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond), ('M', TimeSpan.TicksPerMinute), ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>Writes a time in the finest unit from milliseconds up that holds it, rounded down: a hop never gains time.</summary>
    public static string Format(TimeSpan time)
    {
        for (var i = 2; i < s_units.Length; i++)
        {
            var value = (long)(Math.Max(0, time.Ticks) / s_units[i].Ticks);
            if (value < 100_000_000)
                return string.Create(CultureInfo.InvariantCulture, $"{value}{s_units[i].Unit}");
        }
        return "99999999H";
    }

    /// <summary>Reads a time.</summary>
    /// <returns>False when the text is not of the format.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan time)
    {
        time = default;
        if (text.Length is < 2 or > MaxDigits + 1)
            return false;
        if (!uint.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        foreach (var (unit, ticks) in s_units)
        {
            if (unit == text[^1])
            {
                time = TimeSpan.FromTicks((long)(value * ticks));
                return true;
            }
        }
        return false;
    }
}
