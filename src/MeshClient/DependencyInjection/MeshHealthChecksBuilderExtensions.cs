using MeshClient.Clusters;
using MeshClient.HealthChecks;
using MeshClient.Identity;
using MeshClient.Intentions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the mesh to the application's health checks.</summary>
public static class MeshHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds four checks: <c>mesh_registry</c>, whether the registry confirms what calls go by; <c>mesh_upstreams</c>, whether each declared
    /// service has endpoints that may be called; <c>mesh_identity</c>, whether this process has a certificate that is valid; and <c>mesh_intentions</c>, whether
    /// its server knows who may call it. They read what is known and make no call. Use them for readiness at most, never for liveness: a restart of this instance mends none of it.
    /// </summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="registryFailure">
    /// The status while nothing was ever known of a declared service. Default Unhealthy: an instance that cannot find whom it calls is not
    /// ready. A set that is merely old is Degraded, for the last good one serves on.
    /// </param>
    /// <param name="upstreamsFailure">
    /// The status while a declared service has no endpoint that may be called. Default Degraded: with Unhealthy, where the check decides on
    /// readiness, an outage of one service takes all of its callers out of service with it, and theirs after them.
    /// </param>
    /// <param name="tags">Tags to choose the checks by, such as <c>ready</c>; null = none.</param>
    /// <param name="identityFailure">
    /// The status while this process cannot prove who it is or its server does not know who may call it, where <c>Mesh:Security:Mode</c> is not Off. Default
    /// Unhealthy: it can take no call.
    /// </param>
    /// <returns>The application's health checks.</returns>
    public static IHealthChecksBuilder AddMesh(
        this IHealthChecksBuilder builder, HealthStatus registryFailure = HealthStatus.Unhealthy, HealthStatus upstreamsFailure = HealthStatus.Degraded,
        IEnumerable<string>? tags = null, HealthStatus identityFailure = HealthStatus.Unhealthy)
    {
        ArgumentNullException.ThrowIfNull(builder);
        MeshServiceCollectionExtensions.AddMeshCore(builder.Services);
        string[] given = [.. tags ?? []];
        builder.Add(new HealthCheckRegistration(
            RegistryHealthCheck.Definition.Name,
            services => new RegistryHealthCheck(services.GetRequiredService<ClusterTable>(), services.GetRequiredService<TimeProvider>()), registryFailure, given));
        builder.Add(new HealthCheckRegistration(
            IdentityHealthCheck.Definition.Name,
            services => new IdentityHealthCheck(services.GetRequiredService<MeshSecurity>(), services.GetRequiredService<TimeProvider>()), identityFailure, given));
        builder.Add(new HealthCheckRegistration(
            IntentionsHealthCheck.Definition.Name,
            services => new IntentionsHealthCheck(services.GetRequiredService<MeshSecurity>(), IntentionsOf(services)), identityFailure, given));
        return builder.Add(new HealthCheckRegistration(
            UpstreamsHealthCheck.Definition.Name, services => new UpstreamsHealthCheck(services.GetRequiredService<ClusterTable>()), upstreamsFailure, given));
    }

    // Made only where a server goes by them: other programs may have no source of any.
    private static IntentionKeeper? IntentionsOf(IServiceProvider services) =>
        services.GetRequiredService<MeshSecurity>().Identity is not null && services.GetService<IntentionsDecide>() is not null
            ? services.GetRequiredService<IntentionKeeper>() : null;
}
