using System.Globalization;

namespace MeshClient.DevRegistry.Primitives;

/// <summary>Reads and writes durations the way Go writes them: a sign, then numbers each followed by a unit, "1m30s" or "500ms".</summary>
internal static class GoDuration
{
    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = default;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }
        var rest = text.AsSpan();
        var negative = rest[0] == '-';
        if (rest[0] is '-' or '+')
        {
            rest = rest[1..];
        }
        if (rest is "0")
        {
            return true;
        }
        if (rest.IsEmpty)
        {
            return false;
        }
        var ticks = 0m;
        while (!rest.IsEmpty)
        {
            if (!TryTakeTerm(ref rest, ref ticks))
            {
                return false;
            }
        }
        value = TimeSpan.FromTicks((long)(negative ? -ticks : ticks));
        return true;
    }

    /// <summary>The shortest text in one unit: "72h", "90m", "5s".</summary>
    public static string Format(TimeSpan value)
    {
        var (size, unit) = value.Ticks switch
        {
            var ticks when ticks % TimeSpan.TicksPerHour == 0 => (TimeSpan.TicksPerHour, "h"),
            var ticks when ticks % TimeSpan.TicksPerMinute == 0 => (TimeSpan.TicksPerMinute, "m"),
            var ticks when ticks % TimeSpan.TicksPerSecond == 0 => (TimeSpan.TicksPerSecond, "s"),
            _ => (TimeSpan.TicksPerMillisecond, "ms"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / size}{unit}");
    }

    private static bool TryTakeTerm(ref ReadOnlySpan<char> rest, ref decimal ticks)
    {
        var digits = rest.IndexOfAnyExcept("0123456789.");
        if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false; // No number, or a number without a unit: Go refuses "10" too.
        }
        rest = rest[digits..];
        var next = rest.IndexOfAny("0123456789.");
        var unit = next < 0 ? rest : rest[..next];
        if (TicksPerUnit(unit) is not { } perUnit || number > long.MaxValue / 100 / perUnit)
        {
            return false;
        }
        ticks += number * perUnit;
        rest = rest[unit.Length..];
        return ticks <= long.MaxValue / 100;
    }

    private static decimal? TicksPerUnit(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 0.01m,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "s" => TimeSpan.TicksPerSecond,
        "m" => TimeSpan.TicksPerMinute,
        "h" => TimeSpan.TicksPerHour,
        _ => null,
    };
}
