using Microsoft.Extensions.Configuration;

namespace MeshClient.Discovery;

/// <summary>Reads <c>Mesh:Services</c>, where an item of <c>Endpoints</c> may also be a plain address: a binder would drop it without a word.</summary>
internal static class EndpointsSection
{
    public static IReadOnlyDictionary<string, ServiceEndpointsOptions> Read(IConfiguration services) =>
        services.GetChildren().ToDictionary(service => service.Key, Service, StringComparer.OrdinalIgnoreCase);

    private static ServiceEndpointsOptions Service(IConfigurationSection service) => new()
    {
        Addresses = [.. service.GetSection(nameof(ServiceEndpointsOptions.Addresses)).GetChildren().Select(item => item.Value ?? "")],
        Endpoints = [.. service.GetSection(nameof(ServiceEndpointsOptions.Endpoints)).GetChildren().Select(Endpoint)],
    };

    private static EndpointOptions Endpoint(IConfigurationSection item) =>
        item.Value is { } address ? new EndpointOptions { Address = address } : item.Get<EndpointOptions>() ?? new EndpointOptions();
}
