using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.Benchmarks.Overhead;

/// <summary>Listens to the spans and instruments of the mesh as an exporter would that samples every call, and keeps nothing.</summary>
internal sealed class TelemetryListener : IDisposable
{
    private readonly ActivityListener _activities = new()
    {
        ShouldListenTo = static source => source.Name.StartsWith("MeshClient", StringComparison.Ordinal),
        Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    private readonly MeterListener _instruments = new();

    public TelemetryListener(ServiceProvider provider)
    {
        // Meters belong to an application; sources of spans to the process, so that listening lasts only as long as the scenario runs.
        var meters = provider.GetRequiredService<IMeterFactory>();
        _instruments.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Meter.Name.StartsWith("MeshClient", StringComparison.Ordinal))
                listener.EnableMeasurementEvents(instrument);
        };
        _instruments.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _instruments.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _instruments.Start();
        ActivitySource.AddActivityListener(_activities);
    }

    public void Dispose()
    {
        _activities.Dispose();
        _instruments.Dispose();
    }
}
