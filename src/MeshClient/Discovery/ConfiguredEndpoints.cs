using System.Collections.Frozen;
using System.Collections.Immutable;
using MeshClient.Model;

namespace MeshClient.Discovery;

/// <summary>From the options of a service to its endpoints: pure, and it collects every error instead of stopping at the first.</summary>
internal static class ConfiguredEndpoints
{
    public static ImmutableArray<Endpoint> Build(string service, ServiceEndpointsOptions options, ICollection<string> errors)
    {
        var endpoints = ImmutableArray.CreateBuilder<Endpoint>();
        var seen = new HashSet<EndpointAddress>();
        for (var i = 0; i < options.Endpoints.Count; i++)
            Add(options.Endpoints[i], $"Mesh:Services:{service}:Endpoints:{i}");
        return endpoints.DrainToImmutable();

        void Add(EndpointOptions item, string path)
        {
            if (!EndpointAddress.TryParse(item.Address, out var address, out var error))
                errors.Add($"{path}: {error}");
            else if (item.Weight is < 0 or > 65535)
                errors.Add($"{path}:Weight: Expected 0 to 65535, found {item.Weight}.");
            else if (!seen.Add(address))
                errors.Add($"{path}: Expected each address once, found \"{item.Address}\" again: use Weight for a larger share.");
            else
                endpoints.Add(ToEndpoint(item, address));
        }
    }

    private static Endpoint ToEndpoint(EndpointOptions item, EndpointAddress address) => new()
    {
        InstanceId = item.Address!,
        Host = address.Host,
        Port = address.Port,
        Weight = item.Weight,
        Tags = [.. item.Tags],
        Meta = item.Meta.ToFrozenDictionary(),
    };
}
