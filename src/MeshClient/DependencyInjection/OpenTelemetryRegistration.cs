using MeshClient.Telemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Joins the mesh's signals to the application's OpenTelemetry.</summary>
internal static class OpenTelemetryRegistration
{
    /// <summary>
    /// Adds the meter and the source to the providers that the application builds. It builds none: <c>AddOpenTelemetry().WithTracing()</c> here
    /// would give every application a listener, and each call would pay for spans that nobody exports.
    /// </summary>
    public static void AddMeshSignals(this IServiceCollection services)
    {
        services.ConfigureOpenTelemetryMeterProvider(static metrics => metrics.AddMeter(MeshTelemetry.Name));
        services.ConfigureOpenTelemetryTracerProvider(static traces => traces.AddSource(MeshTelemetry.Name));
    }
}
