using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>The one name under which the library emits spans and measurements.</summary>
internal static class MeshTelemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "MeshClient";

    /// <summary>The library's version, as instruments and spans state it.</summary>
    public static string Version { get; } = typeof(MeshTelemetry).Assembly.GetName().Version!.ToString(3);

    /// <summary>The library's meter in an application: the factory gives one for one name and version, and ends it with the application.</summary>
    public static Meter MeterOf(IMeterFactory meters) => meters.Create(new MeterOptions(Name) { Version = Version });
}
