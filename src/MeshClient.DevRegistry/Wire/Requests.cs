using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshClient.DevRegistry.Wire;

/// <summary>A body part that collects the fields nobody knows: they are refused by name, as Consul does.</summary>
internal abstract record RequestPart
{
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

internal sealed record RegisterServiceRequest : RequestPart
{
    public string? ID { get; init; }
    public string? Name { get; init; }
    public string[]? Tags { get; init; }
    public string? Address { get; init; }
    public int Port { get; init; }
    public Dictionary<string, string>? Meta { get; init; }
    public Dictionary<string, AddressRequest>? TaggedAddresses { get; init; }
    public WeightsRequest? Weights { get; init; }
    public bool EnableTagOverride { get; init; }
    public string? Kind { get; init; }
    public string? Token { get; init; }
    public ProxyRequest? Proxy { get; init; }
    public ConnectRequest? Connect { get; init; }
    public CheckRequest? Check { get; init; }
    public CheckRequest?[]? Checks { get; init; }
}

internal sealed record AddressRequest : RequestPart
{
    public string? Address { get; init; }
    public int Port { get; init; }
}

internal sealed record WeightsRequest : RequestPart
{
    public int Passing { get; init; }
    public int Warning { get; init; }
}

internal sealed record ConnectRequest : RequestPart
{
    public bool Native { get; init; }
    public RegisterServiceRequest? SidecarService { get; init; }
}

internal sealed record ProxyRequest : RequestPart
{
    public string? DestinationServiceName { get; init; }
    public string? DestinationServiceID { get; init; }
    public string? LocalServiceAddress { get; init; }
    public int LocalServicePort { get; init; }
    public Dictionary<string, JsonElement>? Config { get; init; }
}

internal sealed record CheckRequest : RequestPart
{
    public string? CheckID { get; init; }
    public string? ID { get; init; }
    public string? Name { get; init; }
    public string? Status { get; init; }
    public string? Notes { get; init; }
    public string? ServiceID { get; init; }
    public string? Token { get; init; }
    public string? HTTP { get; init; }
    public string? Method { get; init; }
    public string? Body { get; init; }
    public Dictionary<string, string[]>? Header { get; init; }
    public bool TLSSkipVerify { get; init; }
    public string? TCP { get; init; }
    public string? AliasService { get; init; }
    public string? GRPC { get; init; }
    public bool GRPCUseTLS { get; init; }

    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan Interval { get; init; }

    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan Timeout { get; init; }

    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan TTL { get; init; }

    [JsonConverter(typeof(GoDurationConverter))]
    public TimeSpan DeregisterCriticalServiceAfter { get; init; }
    public int SuccessBeforePassing { get; init; }
    public int FailuresBeforeCritical { get; init; }
}

internal sealed record UpdateCheckRequest : RequestPart
{
    public string? Status { get; init; }
    public string? Output { get; init; }
}
