using MeshClient.Identity;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.HealthChecks;

/// <summary>Whether this process can prove who it is. It reads what is known and asks nobody.</summary>
internal sealed class IdentityHealthCheck(MeshSecurity security, TimeProvider time) : IHealthCheck
{
    private const string Id = "id";
    private const string TimeLeft = "time_left";
    private const string TroubleKey = "trouble";

    public static readonly HealthCheckDefinition Definition = new(
        "mesh_identity",
        "Fails (default: Unhealthy) while this process has no valid certificate or nobody to trust. Degraded while its source cannot be read, and from 95% of the "
        + "certificate's life on. Healthy where Mesh:Security:Mode is Off.",
        (Id, "Who this process is. Missing while there is no certificate."),
        (TimeLeft, "Until the certificate expires, in seconds; below zero it has. Missing while there is none."),
        (TroubleKey, "Why the source of the identity cannot be read. Missing when it can."));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(security.Identity is { } keeper
            ? Check(keeper.Current, keeper.Trouble, context.Registration.FailureStatus)
            : HealthCheckResult.Healthy("Mesh:Security:Mode is Off."));

    private HealthCheckResult Check(WorkloadIdentity identity, string? trouble, HealthStatus failure)
    {
        var now = time.GetUtcNow();
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        if (trouble is not null)
            data[TroubleKey] = trouble;
        if (identity.Leaf is not { } leaf)
            return new HealthCheckResult(failure, $"There is no certificate yet. {trouble ?? "Its source has not answered yet."}", data: data);
        data[Id] = leaf.Id.ToString();
        data[TimeLeft] = (leaf.NotAfter - now).TotalSeconds;
        if (!identity.IsUsable(now))
            return new HealthCheckResult(
                failure, $"The certificate of {leaf.Id} expired at {leaf.NotAfter.UtcDateTime:u}. {trouble ?? "Its source has delivered no new one."}", data: data);
        if (trouble is not null)
            return HealthCheckResult.Degraded($"The identity cannot be read; the certificate is valid until {leaf.NotAfter.UtcDateTime:u}. {trouble}", data: data);
        return now >= leaf.NearExpiry
            ? HealthCheckResult.Degraded($"The certificate of {leaf.Id} expires at {leaf.NotAfter.UtcDateTime:u} and has not been renewed.", data: data)
            : HealthCheckResult.Healthy($"This process is {leaf.Id} until {leaf.NotAfter.UtcDateTime:u}.", data);
    }
}
