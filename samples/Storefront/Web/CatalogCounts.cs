using System.Diagnostics.Metrics;

namespace Storefront.Web;

/// <summary>Counts what the mesh does about the catalog, by the mesh's own meter, as any telemetry would.</summary>
internal sealed class CatalogCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private int _ejections;
    private int _retries;

    public CatalogCounts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "MeshClient", Name: "mesh.outlier_detection.ejections" or "mesh.retries" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            foreach (var (key, value) in tags)
            {
                if (key == "mesh.service" && value is "catalog")
                    Interlocked.Add(ref instrument.Name == "mesh.retries" ? ref _retries : ref _ejections, (int)count);
            }
        });
        _listener.Start();
    }

    public int Ejections => Volatile.Read(ref _ejections);

    public int Retries => Volatile.Read(ref _retries);

    public void Dispose() => _listener.Dispose();
}
