using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshClient.DevRegistry.Wire;

internal sealed record RootBody(
    string ID,
    string Name,
    ulong SerialNumber,
    string SigningKeyID,
    string ExternalTrustDomain,
    string NotBefore,
    string NotAfter,
    string RootCert,
    IReadOnlyList<string>? IntermediateCerts,
    bool Active,
    string PrivateKeyType,
    int PrivateKeyBits,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record RootsBody(string ActiveRootID, string TrustDomain, IReadOnlyList<RootBody> Roots);

internal sealed record LeafBody(
    string SerialNumber,
    string CertPEM,
    string PrivateKeyPEM,
    string Service,
    string ServiceURI,
    string ValidAfter,
    string ValidBefore,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record AuthorityConfigurationBody(
    string Provider,
    IReadOnlyDictionary<string, JsonElement> Config,
    EmptyBody? State,
    bool ForceWithoutCrossSigning,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record AuthorityConfigurationRequest : RequestPart
{
    public string? Provider { get; init; }
    public Dictionary<string, JsonElement>? Config { get; init; }
    public JsonElement? State { get; init; }
    public bool ForceWithoutCrossSigning { get; init; }
    public ulong CreateIndex { get; init; }
    public ulong ModifyIndex { get; init; }
}

internal sealed record IntentionRequest : RequestPart
{
    public string? ID { get; init; }
    public string? Description { get; init; }
    public string? SourceNS { get; init; }
    public string? SourceName { get; init; }
    public string? DestinationNS { get; init; }
    public string? DestinationName { get; init; }
    public string? SourceType { get; init; }
    public string? Action { get; init; }
    public JsonElement? Permissions { get; init; }
    public string? DefaultAddr { get; init; }
    public int DefaultPort { get; init; }
    public Dictionary<string, string>? Meta { get; init; }
    public int Precedence { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public string? Hash { get; init; }
    public ulong CreateIndex { get; init; }
    public ulong ModifyIndex { get; init; }
}

internal sealed record IntentionBody(
    string ID,
    string Description,
    string SourceNS,
    string SourceName,
    string DestinationNS,
    string DestinationName,
    string SourceType,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Action,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Permissions,
    string DefaultAddr,
    int DefaultPort,
    IReadOnlyDictionary<string, string> Meta,
    int Precedence,
    string CreatedAt,
    string UpdatedAt,
    string Hash,
    ulong CreateIndex,
    ulong ModifyIndex);

internal sealed record IntentionIdBody(string ID);

internal sealed record IntentionCheckBody(bool Allowed);
