using System.Collections.Frozen;
using System.Collections.Immutable;
using MeshClient.Consul.Api;
using MeshClient.Model;

namespace MeshClient.Consul.Discovery;

/// <summary>From Consul's entries to endpoints. Pure; what is missing in an entry never throws.</summary>
internal static class EndpointMapper
{
    public static ImmutableArray<Endpoint> Map(ImmutableArray<HealthEntry> entries)
    {
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>(entries.Length);
        foreach (var entry in entries)
        {
            if (Map(entry) is { } endpoint)
                endpoints.Add(endpoint);
        }
        return endpoints.DrainToImmutable();
    }

    /// <summary>The endpoint of an entry; null = it has no address that could be called.</summary>
    public static Endpoint? Map(HealthEntry entry)
    {
        if (entry is not { Service: { } service, Node: var node })
            return null;
        var host = string.IsNullOrEmpty(service.Address) ? node?.Address : service.Address;
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(service.ID))
            return null;
        var health = Health(entry.Checks);
        return new Endpoint
        {
            InstanceId = node?.Node is { Length: > 0 } name ? $"{name}/{service.ID}" : service.ID,
            Host = host.Trim('[', ']'),
            Port = service.Port is > 0 and <= 65535 ? service.Port.Value : 0,
            Weight = Weight(service.Weights, health),
            Health = health,
            Tags = [.. (service.Tags ?? []).OfType<string>()],
            Meta = (service.Meta ?? []).ToFrozenDictionary(pair => pair.Key, pair => pair.Value ?? ""),
            Node = node?.Node,
            Datacenter = node?.Datacenter,
        };
    }

    private static EndpointHealth Health(List<HealthCheck?>? checks)
    {
        var health = EndpointHealth.Passing;
        foreach (var check in checks ?? [])
        {
            var found = check switch
            {
                null or { Status: "passing" } => EndpointHealth.Passing,
                { Status: "warning" } => EndpointHealth.Warning,
                { CheckID: "_node_maintenance" } => EndpointHealth.Maintenance,
                { CheckID: { } id } when id.StartsWith("_service_maintenance:", StringComparison.Ordinal) => EndpointHealth.Maintenance,
                _ => EndpointHealth.Critical,
            };
            if (found > health)
                health = found;
        }
        return health;
    }

    private static int Weight(ServiceWeights? weights, EndpointHealth health) =>
        Math.Clamp((health == EndpointHealth.Warning ? weights?.Warning : weights?.Passing) ?? 1, 0, 65535);
}
