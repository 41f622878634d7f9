using MeshClient.Consul.Api;
using MeshClient.Model;

namespace MeshClient.Consul.Discovery;

/// <summary>
/// Tells a service without instances from one that the token may not see: Consul answers both with an empty list, and taking the second for the
/// first would empty the mesh when a token expires.
/// </summary>
internal static class EmptyAnswer
{
    /// <summary>Which right is missing, in one sentence; null = the service has no instances.</summary>
    /// <param name="health">The API to ask by.</param>
    /// <param name="service">The service.</param>
    /// <param name="mutualTls">Whether the list is that of the instances that take mutual TLS, sidecars among them, which have a name of their own.</param>
    /// <param name="filtered">Whether Consul says that it left something out.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ConsulException">A probe failed: it is not known yet.</exception>
    public static async Task<string?> ExplainAsync(HealthApi health, ServiceName service, bool mutualTls, bool filtered, CancellationToken cancellationToken)
    {
        if (filtered)
        {
            var sidecars = mutualTls ? $", and service \"{service.Name}-sidecar-proxy\" {{ policy = \"read\" }} for its sidecars" : "";
            return $"Consul left out instances of {service} that the token may not read: give it {HealthApi.ReadRules(service.Name)}{sidecars}.";
        }
        if (!await health.CanReadServiceAsync(service, cancellationToken).ConfigureAwait(false))
            return $"The token may not read {service}, so Consul answers with an empty list: give it service \"{service.Name}\" {{ policy = \"read\" }}.";
        if (!await health.SeesNodesAsync(service, cancellationToken).ConfigureAwait(false))
            return $"The token may not read nodes, so Consul answers with an empty list for {service}: give it node_prefix \"\" {{ policy = \"read\" }}.";
        return null;
    }
}
