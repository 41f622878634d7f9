using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>The meter of the library and its instruments.</summary>
internal sealed class MeshMetrics
{
    public const string MeterName = "MeshClient";

    private const string ServiceTag = "mesh.service";

    private readonly ConcurrentDictionary<AgeSource, byte> _ages = new();
    private readonly Counter<long> _discoveryErrors;

    public MeshMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("mesh.discovery.snapshot.age", ObserveAges, "s",
            "How long the set of instances in use has been unconfirmed by the registry; 0 = it is current.");
        _discoveryErrors = meter.CreateCounter<long>("mesh.discovery.errors", "{error}", "Failed attempts to read a service from the registry.");
    }

    /// <summary>Measures the age of a service's set until disposed; <paramref name="age"/> answers null while there is no set.</summary>
    public IDisposable TrackSnapshotAge(string service, Func<TimeSpan?> age)
    {
        var source = new AgeSource(service, age, _ages);
        _ages[source] = 0;
        return source;
    }

    public void DiscoveryError(string service, string errorType) =>
        _discoveryErrors.Add(1, new(ServiceTag, service), new("error.type", errorType));

    private IEnumerable<Measurement<double>> ObserveAges()
    {
        foreach (var (source, _) in _ages)
        {
            if (source.Age() is { } age)
                yield return new Measurement<double>(age.TotalSeconds, new KeyValuePair<string, object?>(ServiceTag, source.Service));
        }
    }

    private sealed class AgeSource(string service, Func<TimeSpan?> age, ConcurrentDictionary<AgeSource, byte> sources) : IDisposable
    {
        public string Service => service;

        public Func<TimeSpan?> Age => age;

        public void Dispose() => sources.TryRemove(this, out _);
    }
}
