using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>What the calls to services are counted by.</summary>
internal sealed class ClusterMetrics
{
    public static readonly TagDefinition EjectionReason = new(
        "mesh.ejection.reason", "Why the endpoint was ejected.",
        "connect_failures", "consecutive_gateway_failures", "consecutive_5xx", "success_rate", "failed_probation");

    private static readonly TagDefinition s_limitReason = new(
        "mesh.limit.reason", "Why a call got no place under the limits.", "concurrency", "queue_full", "deadline");

    private static readonly CounterDefinition s_ejections = new(
        "mesh.outlier_detection.ejections", "{ejection}", "Endpoints ejected.", MeshTags.Service, EjectionReason);

    private static readonly CounterDefinition s_retries = new(
        "mesh.retries", "{retry}", "Attempts made because the one before had failed.", MeshTags.Service);

    private static readonly CounterDefinition s_retriesDenied = new(
        "mesh.retries.denied", "{retry}", "Retries that the budget did not allow.", MeshTags.Service);

    private static readonly CounterDefinition s_hedges = new(
        "mesh.hedges", "{hedge}", "Attempts made because the one before was slow.", MeshTags.Service);

    private static readonly CounterDefinition s_hedgesWon = new(
        "mesh.hedges.won", "{hedge}", "Hedges whose answer came before that of the attempt they were made for.", MeshTags.Service);

    private static readonly CounterDefinition s_hedgesDenied = new(
        "mesh.hedges.denied", "{hedge}", "Hedges that the budget did not allow.", MeshTags.Service);

    private static readonly CounterDefinition s_limitsRejected = new(
        "mesh.limits.rejected", "{call}", "Calls refused because a limit on concurrent and queued calls was reached.", MeshTags.Service, s_limitReason);

    private static readonly LevelDefinition s_limitsQueued = new(
        "mesh.limits.queued", "{call}", "Calls that wait for their turn under a limit on concurrent calls.", MeshTags.Service);

    private readonly ObservedSources<int> _queues = new();
    private readonly Counter<long> _ejections;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _retriesDenied;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _hedgesWon;
    private readonly Counter<long> _hedgesDenied;
    private readonly Counter<long> _limitsRejected;

    public ClusterMetrics(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        _ejections = s_ejections.Create(meter);
        _retries = s_retries.Create(meter);
        _retriesDenied = s_retriesDenied.Create(meter);
        _hedges = s_hedges.Create(meter);
        _hedgesWon = s_hedgesWon.Create(meter);
        _hedgesDenied = s_hedgesDenied.Create(meter);
        _limitsRejected = s_limitsRejected.Create(meter);
        s_limitsQueued.Create(meter, () => _queues.Values.Select(q => new Measurement<long>(q.Value, MeshTags.Service.Of(q.Name))));
    }

    public void Ejected(string service, string reason) => _ejections.Add(1, MeshTags.Service.Of(service), EjectionReason.Of(reason));

    public void Retried(string service) => _retries.Add(1, MeshTags.Service.Of(service));

    public void RetryDenied(string service) => _retriesDenied.Add(1, MeshTags.Service.Of(service));

    public void Hedged(string service) => _hedges.Add(1, MeshTags.Service.Of(service));

    public void HedgeWon(string service) => _hedgesWon.Add(1, MeshTags.Service.Of(service));

    public void HedgeDenied(string service) => _hedgesDenied.Add(1, MeshTags.Service.Of(service));

    public void LimitRejected(string service, string reason) => _limitsRejected.Add(1, MeshTags.Service.Of(service), s_limitReason.Of(reason));

    /// <summary>Measures how many calls wait under a limit, until disposed.</summary>
    public IDisposable TrackQueued(string service, Func<int> queued) => _queues.Add(service, queued);
}
