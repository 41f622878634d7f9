using MeshClient.Identity;
using MeshClient.Intentions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.HealthChecks;

/// <summary>Whether this process knows who may call it. It reads what is known and asks nobody.</summary>
/// <param name="security">The security of this process.</param>
/// <param name="intentions">The intentions; null = no server of this process goes by any.</param>
internal sealed class IntentionsHealthCheck(MeshSecurity security, IntentionKeeper? intentions) : IHealthCheck
{
    private const string Count = "count";
    private const string TroubleKey = "trouble";

    public static readonly HealthCheckDefinition Definition = new(
        "mesh_intentions",
        "Fails (default: Unhealthy) while this server knows no intentions and so refuses every request; Degraded instead with Mesh:Security:DryRun, and while they "
        + "cannot be read anew. Healthy where Mesh:Security:Mode is Off, and in a program without UseMesh().",
        (Count, "The intentions in force. Missing while none have been read."),
        (TroubleKey, "Why they cannot be read. Missing when they can."));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Check(context.Registration.FailureStatus));

    private HealthCheckResult Check(HealthStatus failure)
    {
        if (security.Mode == SecurityMode.Off)
            return HealthCheckResult.Healthy("Mesh:Security:Mode is Off.");
        if (intentions is null)
            return HealthCheckResult.Healthy("This program serves nobody by the mesh.");
        var (table, trouble) = (intentions.Current, intentions.Trouble);
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        if (trouble is not null)
            data[TroubleKey] = trouble;
        if (table is not null)
            data[Count] = table.Set.Intentions.Length;
        if (table is null)
        {
            var said = $"No intentions have been read yet. {trouble ?? "Their source has not answered yet."}";
            return security.DryRun ? HealthCheckResult.Degraded(said, data: data) : new HealthCheckResult(failure, said, data: data);
        }
        return trouble is not null
            ? HealthCheckResult.Degraded($"The intentions cannot be read; those that were read last stay in force. {trouble}", data: data)
            : HealthCheckResult.Healthy($"In force: {table.Set}.", data);
    }
}
