using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Storefront.Web;

/// <summary>What the mesh's own meter says of the calls to the catalog, read as any telemetry would read it.</summary>
internal sealed class MeshFigures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<string> _ejections = new();
    private int _retries;

    public MeshFigures()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "MeshClient", Name: "mesh.outlier_detection.ejections" or "mesh.retries" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            if (!Equals(Tag(tags, "mesh.service"), "catalog"))
                return;
            if (instrument.Name == "mesh.retries")
                Interlocked.Add(ref _retries, (int)count);
            else
                _ejections.Enqueue(Tag(tags, "mesh.ejection.reason")?.ToString() ?? "?");
        });
        _listener.Start();
    }

    public object Read() => new { Retries = Volatile.Read(ref _retries), Ejections = _ejections.ToArray() };

    public void Dispose() => _listener.Dispose();

    private static object? Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
                return tag.Value;
        }
        return null;
    }
}
