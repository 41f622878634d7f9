using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshClient.DevRegistry.Wire;

internal sealed record AddressBody(string Address, int Port);

internal sealed record WeightsBody(int Passing, int Warning);

internal sealed record ConnectBody([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Native);

internal sealed record EmptyBody;

internal sealed record ProxyBody(EmptyBody MeshGateway, EmptyBody Expose)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-1)]
    public string? DestinationServiceName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-1)]
    public string? DestinationServiceID { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-1)]
    public string? LocalServiceAddress { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonPropertyOrder(-1)]
    public int LocalServicePort { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonPropertyOrder(-1)]
    public JsonElement? Config { get; init; }
}

internal sealed record NodeBody(
    string ID,
    string Node,
    string Address,
    string Datacenter,
    IReadOnlyDictionary<string, string> TaggedAddresses,
    IReadOnlyDictionary<string, string> Meta,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record ServiceBody(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kind,
    string ID,
    string Service,
    IReadOnlyList<string> Tags,
    string Address,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, AddressBody>? TaggedAddresses,
    IReadOnlyDictionary<string, string>? Meta,
    int Port,
    WeightsBody Weights,
    bool EnableTagOverride,
    ProxyBody Proxy,
    ConnectBody Connect,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record CheckBody(
    string Node,
    string CheckID,
    string Name,
    string Status,
    string Notes,
    string Output,
    string ServiceID,
    string ServiceName,
    IReadOnlyList<string> ServiceTags,
    string Type,
    EmptyBody Definition,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record HealthEntryBody(NodeBody Node, ServiceBody Service, IReadOnlyList<CheckBody> Checks);

internal sealed record CatalogServiceBody(
    string ID,
    string Node,
    string Address,
    string Datacenter,
    IReadOnlyDictionary<string, string> TaggedAddresses,
    IReadOnlyDictionary<string, string> NodeMeta,
    string ServiceKind,
    string ServiceID,
    string ServiceName,
    IReadOnlyList<string> ServiceTags,
    string ServiceAddress,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, AddressBody>? ServiceTaggedAddresses,
    WeightsBody ServiceWeights,
    IReadOnlyDictionary<string, string> ServiceMeta,
    int ServicePort,
    bool ServiceEnableTagOverride,
    ProxyBody ServiceProxy,
    ConnectBody ServiceConnect,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record AgentServiceBody(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kind,
    string ID,
    string Service,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, string> Meta,
    int Port,
    string Address,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, AddressBody>? TaggedAddresses,
    WeightsBody Weights,
    bool EnableTagOverride,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ProxyBody? Proxy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ConnectBody? Connect);

internal sealed record AgentConfigBody(string Datacenter, string NodeName, string NodeID, string Revision, bool Server, string Version);

/// <summary>What clients look up of the settings in force; an agent answers hundreds.</summary>
internal sealed record AgentDebugConfigBody(
    string ACLDatacenter, string ACLDefaultPolicy, string ACLDownPolicy, bool ACLsEnabled, bool ConnectEnabled, string Datacenter);

internal sealed record AgentSelfBody(AgentConfigBody Config, AgentDebugConfigBody DebugConfig);
