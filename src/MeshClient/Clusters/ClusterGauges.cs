using System.Diagnostics.Metrics;
using MeshClient.Balancing.Pickers;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Telemetry;

namespace MeshClient.Clusters;

/// <summary>
/// What is read of the clusters when somebody collects, and never otherwise: each collection walks the table as it is then, so that a
/// cluster that was dropped is neither reported nor kept.
/// </summary>
internal static class ClusterGauges
{
    private const string Active = "active";
    private const string Ejected = "ejected";
    private const string Probation = "probation";
    private const string NotServing = "not_serving";
    private const string Unusable = "unusable";

    private static readonly TagDefinition s_state = new(
        "mesh.endpoint.state",
        "How far the endpoint is trusted with calls. `not_serving`: by its own gRPC health check; `unusable`: critical, in maintenance, without weight or without a port, as the registry says.",
        Active, Ejected, Probation, NotServing, Unusable);

    private static readonly LevelDefinition s_endpoints = new(
        "mesh.endpoints", "{endpoint}", "Endpoints that the registry knows, by how they stand.", MeshTags.Service, s_state);

    private static readonly LevelDefinition s_activeAttempts = new(
        "mesh.client.active_attempts", "{attempt}",
        "Attempts in flight on the endpoints that the registry knows, each counted until the end of its answer's body.", MeshTags.Service);

    private static readonly GaugeDefinition s_budget = new(
        "mesh.retries.budget", "{retry}", "Retries that the budget would allow now.", MeshTags.Service);

    private static readonly GaugeDefinition s_panic = new(
        "mesh.balancing.panic", "1", "1 while so few endpoints are left that ejected ones are called as well, otherwise 0.", MeshTags.Service);

    private static readonly LevelDefinition s_reporting = new(
        "mesh.balancing.reporting", "{endpoint}",
        "Endpoints whose share of the calls goes by the load that they report; for services that are balanced by `WeightedRoundRobin`.", MeshTags.Service);

    /// <summary>Adds the instruments to the meter of the application, which ends them.</summary>
    public static void Observe(ClusterTable clusters, IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        s_endpoints.Create(meter, () => clusters.All.SelectMany(Endpoints));
        s_activeAttempts.Create(meter, () => clusters.All.Select(c => Of(c, c.Endpoints.Sum(e => (long)e.InFlight))));
        s_budget.Create(meter, () => clusters.All.Select(c => Of(c, c.Budget.Balance(c.Time.Now()))));
        s_panic.Create(meter, () => clusters.All.Select(c => Of(c, c.State.IsPanic ? 1.0 : 0.0)));
        s_reporting.Create(meter, () => clusters.All.Where(c => c.LoadReports is not null).Select(c => Of(c, Reporting(c))));
    }

    private static Measurement<T> Of<T>(Cluster cluster, T value)
        where T : struct => new(value, MeshTags.Service.Of(cluster.Name));

    private static long Reporting(Cluster cluster) => (cluster.State.Picker as WeightedRoundRobinPicker)?.Reported ?? 0;

    // Every state is reported, be it with 0: a series that vanishes looks like one that stays.
    private static IEnumerable<Measurement<long>> Endpoints(Cluster cluster)
    {
        var (active, ejected, probation, notServing, unusable) = (0L, 0L, 0L, 0L, 0L);
        foreach (var endpoint in cluster.Endpoints)
        {
            if (!endpoint.Endpoint.IsUsable)
                unusable++;
            else if (!endpoint.IsServing)
                notServing++;
            else if (endpoint.Standing == EndpointStanding.Active)
                active++;
            else if (endpoint.Standing == EndpointStanding.Ejected)
                ejected++;
            else
                probation++;
        }
        return [Of(Active, active), Of(Ejected, ejected), Of(Probation, probation), Of(NotServing, notServing), Of(Unusable, unusable)];

        Measurement<long> Of(string state, long count) => new(count, MeshTags.Service.Of(cluster.Name), s_state.Of(state));
    }
}
