using System.Diagnostics.Metrics;

namespace Storefront.Web;

/// <summary>Counts ejections of catalog instances by the mesh's own meter, as any telemetry would.</summary>
internal sealed class EjectionCount : IDisposable
{
    private readonly MeterListener _listener = new();
    private int _value;

    public EjectionCount()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "MeshClient", Name: "mesh.outlier_detection.ejections" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _value, (int)count));
        _listener.Start();
    }

    public int Value => Volatile.Read(ref _value);

    public void Dispose() => _listener.Dispose();
}
