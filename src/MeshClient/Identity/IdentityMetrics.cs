using System.Diagnostics.Metrics;
using MeshClient.Telemetry;

namespace MeshClient.Identity;

/// <summary>What the process's identity is measured by.</summary>
internal sealed class IdentityMetrics
{
    private static readonly TagDefinition s_part = new("mesh.identity.part", "What has changed.", "leaf", "bundle");

    private static readonly TagDefinition s_id = new("mesh.identity.id", "Who this process is: its SPIFFE ID.");

    private static readonly GaugeDefinition s_timeLeft = new(
        "mesh.identity.leaf.time_left", "s", "Until the certificate of this process expires; below zero it has. Absent while there is none.", s_id);

    private static readonly CounterDefinition s_updates = new("mesh.identity.updates", "{update}", "Changes of the certificate or of the authorities to trust.", s_part);

    private static readonly CounterDefinition s_errors = new(
        "mesh.identity.errors", "{error}", "Failed attempts to read the identity, and material that could not be used.", MeshTags.ErrorType);

    private readonly Counter<long> _updates;
    private readonly Counter<long> _errors;
    private Func<Measurement<double>?> _timeLeft = () => null;

    public IdentityMetrics(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        _updates = s_updates.Create(meter);
        _errors = s_errors.Create(meter);
        s_timeLeft.Create(meter, () => _timeLeft() is { } left ? [left] : []);
    }

    /// <summary>Measures the time left of the leaf in force.</summary>
    public void Track(Func<WorkloadIdentity> identity, Func<DateTimeOffset> now) =>
        _timeLeft = () => identity().Leaf is { } leaf ? new Measurement<double>((leaf.NotAfter - now()).TotalSeconds, s_id.Of(leaf.Id.ToString())) : null;

    public void Updated(string part) => _updates.Add(1, s_part.Of(part));

    public void Failed(string errorType) => _errors.Add(1, MeshTags.ErrorType.Of(errorType));
}
