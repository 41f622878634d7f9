using System.Globalization;

namespace MeshClient.Consul.Api;

/// <summary>Durations as Consul reads them: it refuses a number without a unit.</summary>
internal static class GoDuration
{
    public static string Format(TimeSpan value) =>
        value.Ticks % TimeSpan.TicksPerSecond == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / TimeSpan.TicksPerSecond}s")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (long)value.TotalMilliseconds)}ms");
}
