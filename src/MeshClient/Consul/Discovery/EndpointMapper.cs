using System.Collections.Frozen;
using System.Collections.Immutable;
using MeshClient.Consul.Api;
using MeshClient.Model;

namespace MeshClient.Consul.Discovery;

/// <summary>
/// From the entries of one service to endpoints; what is missing in an entry never throws. An endpoint that did not change is the object of the
/// answer before, and equal tags and metadata are one object, since most instances of a service differ by little more than their address.
/// </summary>
internal sealed class EndpointMapper
{
    /// <summary>How many endpoints may be gone in one place of the answer for those behind to be found again.</summary>
    private const int LookAhead = 32;

    private const string Sidecar = "connect-proxy";

    private readonly SharedValues<List<string?>, ImmutableArray<string>> _tags = new(TagsComparer.Instance);
    private readonly SharedValues<Dictionary<string, string?>, FrozenDictionary<string, string>> _meta = new(MetaComparer.Instance);
    private ImmutableArray<Endpoint> _last = [];

    public ImmutableArray<Endpoint> Map(ImmutableArray<HealthEntry> entries)
    {
        _tags.Turn();
        _meta.Turn();
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>(entries.Length);
        var next = 0;
        foreach (var entry in entries)
        {
            if (Map(entry) is { } endpoint)
                endpoints.Add(Known(endpoint, ref next));
        }
        return _last = endpoints.DrainToImmutable();
    }

    /// <summary>The equal endpoint of the answer before, or else this one. Consul keeps the order of instances, so it is looked for where it must be.</summary>
    private Endpoint Known(Endpoint endpoint, ref int next)
    {
        var end = Math.Min(_last.Length, next + LookAhead);
        for (var i = next; i < end; i++)
        {
            if (_last[i].InstanceId != endpoint.InstanceId)
                continue;
            next = i + 1;
            return _last[i].Equals(endpoint) ? _last[i] : endpoint;
        }
        return endpoint;
    }

    /// <summary>The endpoint of an entry; null = it has no address that could be called.</summary>
    private Endpoint? Map(HealthEntry entry)
    {
        if (entry is not { Service: { } service, Node: var node })
            return null;
        // IPv6 addresses come in brackets where somebody has registered them as they stand in a URL.
        var host = (string.IsNullOrEmpty(service.Address) ? node?.Address : service.Address)?.Trim('[', ']');
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(service.ID))
            return null;
        var health = Health(entry.Checks);
        return new Endpoint
        {
            InstanceId = InstanceId(node, service.ID),
            Host = host,
            Port = service.Port is > 0 and <= 65535 ? service.Port.Value : 0,
            Weight = Weight(service.Weights, health),
            Health = health,
            Tags = service.Tags is { Count: > 0 } tags ? _tags.Get(tags) : [],
            Meta = service.Meta is { Count: > 0 } meta ? _meta.Get(meta) : FrozenDictionary<string, string>.Empty,
            Node = node?.Node,
            Datacenter = node?.Datacenter,
            TakesMutualTls = service is { Kind: Sidecar } or { Connect.Native: true },
            IsSidecar = service.Kind == Sidecar,
            SidecarOf = service is { Kind: Sidecar, Proxy.DestinationServiceID: { Length: > 0 } id } ? InstanceId(node, id) : null,
        };
    }

    // A service's ID is unique on its node alone; a sidecar is on the node of its instance.
    private static string InstanceId(HealthNode? node, string id) => node?.Node is { Length: > 0 } name ? $"{name}/{id}" : id;

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
