using System.Diagnostics.Metrics;

namespace MeshClient.Tests.Doubles;

/// <summary>Meters of one test, apart from those of others.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly Dictionary<string, Meter> _meters = [];

    public Meter Create(MeterOptions options) =>
        _meters.TryGetValue(options.Name, out var meter) ? meter : _meters[options.Name] = new Meter(options.Name, options.Version, options.Tags, this);

    public void Dispose()
    {
        foreach (var meter in _meters.Values)
            meter.Dispose();
    }
}
