using System.Text.Json;
using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Wire;

/// <summary>Turns the proxy part of a registration into what the agent keeps.</summary>
internal static class ProxyReader
{
    public const string Kind = "connect-proxy";

    /// <returns>Null where the registration is of a service itself; its proxy part is ignored then, as Consul does.</returns>
    public static ProxyDefinition? Read(RegisterServiceRequest request)
    {
        if (request.Kind is not Kind)
        {
            return null;
        }
        var problems = new List<string>();
        if (request.Proxy?.DestinationServiceName is null or "")
        {
            problems.Add("Proxy.DestinationServiceName must be non-empty for Connect proxy services");
        }
        if (request.Port == 0)
        {
            problems.Add("Port must be set for a Connect proxy");
        }
        if (request.Connect?.Native == true)
        {
            problems.Add("A Proxy cannot also be Connect Native, only typical services");
        }
        InvalidRequestException.ThrowIfAny(problems);
        var proxy = request.Proxy!;
        return new ProxyDefinition
        {
            DestinationName = proxy.DestinationServiceName!,
            DestinationId = proxy.DestinationServiceID ?? "",
            LocalAddress = proxy.LocalServiceAddress ?? "",
            LocalPort = proxy.LocalServicePort,
            Config = proxy.Config is { Count: > 0 } config
                ? JsonSerializer.Serialize(config, WireContext.Default.DictionaryStringJsonElement)
                : "",
        };
    }
}
