using MeshClient.Clusters;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.HealthChecks;

/// <summary>Whether the registry confirms what calls go by. It reads what the watches know and asks nobody.</summary>
internal sealed class RegistryHealthCheck(ClusterTable clusters, TimeProvider time) : IHealthCheck
{
    private const string Age = "age";
    private const string TroubleKey = "trouble";

    public static readonly HealthCheckDefinition Definition = new(
        "mesh_registry",
        "Fails (default: Unhealthy) while nothing was ever known of a service that is declared. Degraded while a set may be old and the last good one serves on.",
        ($"{{service}}.{Age}", "How long the set has been unconfirmed, in seconds; 0 = it is current. Missing while there is no set."),
        ($"{{service}}.{TroubleKey}", "Why there is no current set. Missing when there is one."));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var findings = new Findings("The registry confirms every service in use.");
        var known = clusters.All.ToDictionary(c => c.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var name in clusters.Declared.Where(name => !known.ContainsKey(name)))
            findings.Trouble(context.Registration.FailureStatus, $"{name}: it is not watched yet.");
        foreach (var cluster in known.Values.OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            var watch = cluster.State.Watch;
            if (watch.Trouble is { } reason)
                findings.Note(cluster.Name, TroubleKey, reason);
            if (watch.LastGood is null)
            {
                // Anyone can write a name that no registry knows into a URL: that is no reason to take this instance out of service.
                if (clusters.IsDeclared(cluster.Name))
                    findings.Trouble(context.Registration.FailureStatus, $"{cluster.Name}: nothing is known of it. {watch.Trouble ?? "The registry has not answered yet."}");
                continue;
            }
            var age = watch.StaleSince is { } since ? time.GetUtcNow() - since : TimeSpan.Zero;
            findings.Note(cluster.Name, Age, age.TotalSeconds);
            if (watch.Trouble is { } trouble)
                findings.Trouble(HealthStatus.Degraded, FormattableString.Invariant($"{cluster.Name}: its set has been unconfirmed for {age.TotalSeconds:0} s. {trouble}"));
        }
        return Task.FromResult(findings.Result());
    }
}
