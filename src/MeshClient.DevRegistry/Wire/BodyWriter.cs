using System.Text.Json;
using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Turns what the registry knows into the bodies of the wire. Pure.</summary>
internal static class BodyWriter
{
    private static readonly ProxyBody NoProxy = new(new EmptyBody(), new EmptyBody());

    public static HealthEntryBody Health(HealthEntry entry, NodeIdentity node) =>
        new(Node(node), Service(entry.Service), [.. entry.Checks.Select(check => Check(check, node))]);

    public static CheckBody Check(CatalogCheck check, NodeIdentity node) => new(
        node.Name, check.Id, check.Name, check.Status.ToText(), check.Notes, check.Output, check.ServiceId, check.ServiceName,
        check.ServiceTags, check.Type, new EmptyBody(), check.CreateIndex, check.ModifyIndex);

    public static AgentServiceBody AgentService(ServiceDefinition service) => new(
        Kind(service), service.Id, service.Name, service.Tags, service.Meta, service.Port, service.Address, Addresses(service),
        Weights(service), service.EnableTagOverride, service.Proxy is null ? null : Proxy(service),
        service.ConnectNative ? Connect(service) : null);

    public static CatalogServiceBody CatalogService(CatalogService entry, NodeIdentity node)
    {
        var service = entry.Definition;
        return new(
            node.Id, node.Name, node.Address, node.Datacenter, NodeAddresses(node), NodeMeta(), Kind(service) ?? "", service.Id, service.Name,
            service.Tags, service.Address, Addresses(service), Weights(service), service.Meta, service.Port, service.EnableTagOverride,
            Proxy(service), Connect(service), entry.CreateIndex, entry.ModifyIndex);
    }

    /// <param name="node">The node.</param>
    /// <param name="denyByDefault">Whether callers without an intention are denied: an agent says so as the policy of its ACLs.</param>
    public static AgentSelfBody Self(NodeIdentity node, bool denyByDefault) => new(
        new AgentConfigBody(node.Datacenter, node.Name, node.Id, "", Server: true, NodeIdentity.Version),
        new AgentDebugConfigBody(
            node.Datacenter, denyByDefault ? "deny" : "allow", "extend-cache", denyByDefault, ConnectEnabled: true, node.Datacenter));

    public static NodeBody Node(NodeIdentity node) => new(
        node.Id, node.Name, node.Address, node.Datacenter, NodeAddresses(node), NodeMeta(), CatalogIndexes.First, CatalogIndexes.First);

    private static ServiceBody Service(CatalogService entry)
    {
        var service = entry.Definition;
        return new(
            Kind(service), service.Id, service.Name, service.Tags, service.Address, Addresses(service),
            service.Meta.Count > 0 ? service.Meta : null, service.Port, Weights(service), service.EnableTagOverride, Proxy(service),
            Connect(service), entry.CreateIndex, entry.ModifyIndex);
    }

    private static SortedDictionary<string, string> NodeAddresses(NodeIdentity node) => new(StringComparer.Ordinal)
    {
        ["lan"] = node.Address,
        ["lan_ipv4"] = node.Address,
        ["wan"] = node.Address,
        ["wan_ipv4"] = node.Address,
    };

    private static Dictionary<string, string> NodeMeta() => new() { ["consul-network-segment"] = "" };

    private static SortedDictionary<string, AddressBody>? Addresses(ServiceDefinition service)
    {
        if (service.TaggedAddresses.Count == 0)
        {
            return null;
        }
        var bodies = new SortedDictionary<string, AddressBody>(StringComparer.Ordinal);
        foreach (var (label, address) in service.TaggedAddresses)
        {
            bodies[label] = new(address.Address, address.Port);
        }
        return bodies;
    }

    private static WeightsBody Weights(ServiceDefinition service) => new(service.PassingWeight, service.WarningWeight);

    private static string? Kind(ServiceDefinition service) => service.Proxy is null ? null : ProxyReader.Kind;

    private static ProxyBody Proxy(ServiceDefinition service) => service.Proxy is not { } proxy
        ? NoProxy
        : NoProxy with
        {
            DestinationServiceName = proxy.DestinationName,
            DestinationServiceID = Given(proxy.DestinationId),
            LocalServiceAddress = Given(proxy.LocalAddress),
            LocalServicePort = proxy.LocalPort,
            Config = proxy.Config.Length > 0 ? JsonElement.Parse(proxy.Config) : null,
        };

    private static string? Given(string text) => text.Length > 0 ? text : null;

    private static ConnectBody Connect(ServiceDefinition service) => new(service.ConnectNative ? true : null);
}
