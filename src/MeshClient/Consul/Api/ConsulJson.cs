using System.Text.Json.Serialization;

namespace MeshClient.Consul.Api;

// Written bodies leave out what is null: Consul 1.8 refuses fields it does not know.
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthEntry))]
[JsonSerializable(typeof(AgentSelf))]
[JsonSerializable(typeof(AgentService))]
[JsonSerializable(typeof(ServiceRegistration))]
[JsonSerializable(typeof(CheckUpdate))]
[JsonSerializable(typeof(ConnectRoots))]
[JsonSerializable(typeof(ConnectLeaf))]
internal sealed partial class ConsulJson : JsonSerializerContext;

/// <summary>An instance in <c>/v1/health/service</c>. Consul writes null for empty lists and maps in places, so every member may be null.</summary>
/// <remarks>Members that are set, not constructed: the serializer allocates for each constructor's arguments, and a service has thousands.</remarks>
internal sealed record HealthEntry
{
    public HealthNode? Node { get; set; }

    public HealthService? Service { get; set; }

    public List<HealthCheck?>? Checks { get; set; }
}

internal sealed record HealthNode
{
    public string? Node { get; set; }

    public string? Address { get; set; }

    public string? Datacenter { get; set; }
}

internal sealed record HealthService
{
    public string? ID { get; set; }

    public string? Address { get; set; }

    public int? Port { get; set; }

    public List<string?>? Tags { get; set; }

    public Dictionary<string, string?>? Meta { get; set; }

    public ServiceWeights? Weights { get; set; }

    public string? Kind { get; set; }

    public HealthConnect? Connect { get; set; }

    public HealthProxy? Proxy { get; set; }
}

internal sealed record HealthProxy
{
    public string? DestinationServiceID { get; set; }
}

internal sealed record HealthConnect
{
    public bool? Native { get; set; }
}

internal sealed record HealthCheck
{
    public string? CheckID { get; set; }

    [JsonConverter(typeof(CheckStatusConverter))]
    public string? Status { get; set; }
}

internal sealed record ServiceWeights
{
    public int? Passing { get; set; }

    public int? Warning { get; set; }
}

internal sealed record AgentSelf(AgentConfig? Config);

internal sealed record AgentConfig(string? Datacenter, string? NodeName, string? NodeID, bool? Server, string? Version);

internal sealed record AgentService(string? ID, string? Service, string? Address, int? Port);

/// <summary>The body of a registration: only fields that Consul 1.8 knows.</summary>
internal sealed record ServiceRegistration
{
    public required string ID { get; init; }

    public required string Name { get; init; }

    public string? Address { get; init; }

    public int? Port { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    public ServiceWeights? Weights { get; init; }

    public CheckRegistration? Check { get; init; }

    public ConnectRegistration? Connect { get; init; }
}

internal sealed record ConnectRegistration
{
    public bool Native { get; init; }
}

internal sealed record CheckRegistration
{
    public required string CheckID { get; init; }

    public required string Name { get; init; }

    public string? TTL { get; init; }

    public string? HTTP { get; init; }

    public string? GRPC { get; init; }

    public string? TCP { get; init; }

    public string? Interval { get; init; }

    public string? Timeout { get; init; }

    public string? Status { get; init; }

    public string? DeregisterCriticalServiceAfter { get; init; }
}

internal sealed record CheckUpdate(string Status, string Output);
