using System.Globalization;
using MeshClient.DevRegistry.Agent;
using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Completes the sidecar part of a registration with what Consul takes from the service beside it.</summary>
internal static class SidecarReader
{
    private const string Loopback = "127.0.0.1";

    /// <returns>The registration of the sidecar; null where there is none.</returns>
    public static RegisterServiceRequest? Complete(
        RegisterServiceRequest parent, ServiceDefinition service, Func<string, int?> takePort)
    {
        if (parent.Connect?.SidecarService is not { } given)
        {
            return null;
        }
        Refuse(given);
        var id = ServiceDefinition.SidecarIdOf(service.Id);
        var port = given.Port > 0 ? given.Port : takePort(id)
            ?? throw new InvalidRequestException($"none left in the configured range [{SidecarPorts.Min}, {SidecarPorts.Max}]");
        var address = string.IsNullOrEmpty(given.Address) ? parent.Address : given.Address;
        return given with
        {
            ID = id,
            Kind = ProxyReader.Kind,
            Name = string.IsNullOrEmpty(given.Name) ? ServiceDefinition.SidecarIdOf(service.Name) : given.Name,
            Tags = given.Tags ?? parent.Tags,
            Meta = given.Meta ?? parent.Meta,
            Address = address,
            Port = port,
            Proxy = Proxy(given.Proxy ?? new ProxyRequest(), service),
            Checks = given.Check is null && given.Checks is not { Length: > 0 } ? Checks(address, port, service) : given.Checks,
        };
    }

    private static void Refuse(RegisterServiceRequest given)
    {
        var problems = new List<string>();
        if (!string.IsNullOrEmpty(given.ID))
        {
            problems.Add("A SidecarService cannot specify an ID as this is managed by the agent");
        }
        if (given.Connect?.SidecarService is not null)
        {
            problems.Add("A SidecarService cannot have a nested SidecarService");
        }
        InvalidRequestException.ThrowIfAny(problems);
    }

    private static ProxyRequest Proxy(ProxyRequest given, ServiceDefinition service) => given with
    {
        DestinationServiceName = string.IsNullOrEmpty(given.DestinationServiceName) ? service.Name : given.DestinationServiceName,
        DestinationServiceID = string.IsNullOrEmpty(given.DestinationServiceID) ? service.Id : given.DestinationServiceID,
        LocalServiceAddress = string.IsNullOrEmpty(given.LocalServiceAddress) ? Loopback : given.LocalServiceAddress,
        LocalServicePort = given.LocalServicePort > 0 ? given.LocalServicePort : service.Port,
    };

    private static string Host(string? address) =>
        string.IsNullOrEmpty(address) ? Loopback : address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

    private static CheckRequest[] Checks(string? address, int port, ServiceDefinition service) =>
    [
        new()
        {
            Name = "Connect Sidecar Listening",
            TCP = string.Create(CultureInfo.InvariantCulture, $"{Host(address)}:{port}"),
            Interval = TimeSpan.FromSeconds(10),
        },
        new() { Name = $"Connect Sidecar Aliasing {service.Id}", AliasService = service.Id },
    ];
}
