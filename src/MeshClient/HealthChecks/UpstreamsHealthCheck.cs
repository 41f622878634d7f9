using MeshClient.Clusters;
using MeshClient.Endpoints;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.HealthChecks;

/// <summary>Whether each declared service has endpoints that may be called. It reads what the calls have shown and makes none.</summary>
internal sealed class UpstreamsHealthCheck(ClusterTable clusters) : IHealthCheck
{
    private const string Endpoints = "endpoints";
    private const string Usable = "usable";
    private const string Ejected = "ejected";
    private const string NotServing = "not_serving";

    public static readonly HealthCheckDefinition Definition = new(
        "mesh_upstreams",
        "Fails (default: Degraded) while a declared service has no endpoint that may be called. Degraded while so few are left that ejected ones are called as well (panic).",
        ($"{{service}}.{Endpoints}", "How many endpoints the registry knows."),
        ($"{{service}}.{Usable}", "How many of them the registry calls fit for use."),
        ($"{{service}}.{Ejected}", "How many of those are ejected."),
        ($"{{service}}.{NotServing}", "How many of them do not serve by their own gRPC health check."));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var findings = new Findings("Every declared service has endpoints that may be called.");
        var known = clusters.All.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var name in clusters.Declared.Order(StringComparer.Ordinal))
        {
            if (known.TryGetValue(name, out var cluster))
                Check(cluster, findings, context.Registration.FailureStatus);
            else
                findings.Trouble(context.Registration.FailureStatus, $"{name}: it is not watched yet.");
        }
        return Task.FromResult(findings.Result());
    }

    private static void Check(Cluster cluster, Findings findings, HealthStatus failure)
    {
        var all = cluster.Endpoints;
        var state = cluster.State;
        var usable = all.Count(e => e.Endpoint.IsUsable);
        var ejected = all.Count(e => e.Endpoint.IsUsable && e.Standing == EndpointStanding.Ejected);
        var notServing = all.Count(e => e.Endpoint.IsUsable && !e.IsServing);
        findings.Note(cluster.Name, Endpoints, all.Length);
        findings.Note(cluster.Name, Usable, usable);
        findings.Note(cluster.Name, Ejected, ejected);
        findings.Note(cluster.Name, NotServing, notServing);
        if (state.Watch.LastGood is null)
            findings.Trouble(failure, $"{cluster.Name}: nothing is known of it yet.");
        else if (state.Available.IsEmpty)
            findings.Trouble(failure, $"{cluster.Name}: none of its {all.Length} endpoints may be called ({usable} usable, {ejected} ejected, {notServing} not serving).");
        else if (state.IsPanic)
            findings.Trouble(HealthStatus.Degraded, $"{cluster.Name}: of its {usable} usable endpoints {ejected} are ejected and {notServing} do not serve, so they are called as well.");
    }
}
