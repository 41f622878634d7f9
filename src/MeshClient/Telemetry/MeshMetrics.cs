using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>What the reading of the registry is measured by.</summary>
internal sealed class MeshMetrics
{
    public const string MeterName = MeshTelemetry.Name;

    private static readonly TagDefinition s_service = new(
        "mesh.discovery.service", "The registry's name of the service, with `@datacenter` where one is configured.");

    private static readonly TagDefinition s_updateType = new(
        "mesh.discovery.update.type", "What the registry said: the complete set, that its set may be old, or that it could not be read; and that the set kept on disk is used in its place.",
        "snapshot", "stale", "fault", "restored");

    private static readonly GaugeDefinition s_age = new(
        "mesh.discovery.snapshot.age", "s",
        "How long the set of instances in use has been unconfirmed by the registry; 0 = it is current.", s_service);

    private static readonly CounterDefinition s_updates = new(
        "mesh.discovery.updates", "{update}", "What the registry said of a service.", s_service, s_updateType);

    private static readonly CounterDefinition s_errors = new(
        "mesh.discovery.errors", "{error}", "Failed attempts to read a service from the registry.", s_service, MeshTags.ErrorType);

    private readonly ObservedSources<TimeSpan?> _ages = new();
    private readonly Counter<long> _updates;
    private readonly Counter<long> _errors;

    public MeshMetrics(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        s_age.Create(meter, ObserveAges);
        _updates = s_updates.Create(meter);
        _errors = s_errors.Create(meter);
    }

    /// <summary>Measures the age of a service's set until disposed; <paramref name="age"/> answers null while there is no set.</summary>
    public IDisposable TrackSnapshotAge(string service, Func<TimeSpan?> age) => _ages.Add(service, age);

    public void Updated(string service, string type) => _updates.Add(1, s_service.Of(service), s_updateType.Of(type));

    public void DiscoveryError(string service, string errorType) => _errors.Add(1, s_service.Of(service), MeshTags.ErrorType.Of(errorType));

    private IEnumerable<Measurement<double>> ObserveAges()
    {
        foreach (var (service, age) in _ages.Values)
        {
            if (age is { } known)
                yield return new Measurement<double>(known.TotalSeconds, s_service.Of(service));
        }
    }
}
