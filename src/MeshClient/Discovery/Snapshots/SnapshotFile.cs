using System.Collections.Frozen;
using System.Text.Json.Serialization;
using MeshClient.Model;

namespace MeshClient.Discovery.Snapshots;

/// <summary>The content of a file: a set, whose it is, and when the registry last confirmed it. Every member may be missing in a file that is read.</summary>
internal sealed record SnapshotFile
{
    public const string ExpectedFormat = "meshclient-snapshot";

    public const int ExpectedVersion = 1;

    public string? Format { get; init; }

    public int Version { get; init; }

    public string? Source { get; init; }

    public string? Service { get; init; }

    public string? Datacenter { get; init; }

    public DateTimeOffset? Confirmed { get; init; }

    public IReadOnlyList<SnapshotEndpoint?>? Endpoints { get; init; }

    public static SnapshotFile Of(string source, SavedSet set) => new()
    {
        Format = ExpectedFormat,
        Version = ExpectedVersion,
        Source = source,
        Service = set.Snapshot.Service.Name,
        Datacenter = set.Snapshot.Service.Datacenter,
        Confirmed = set.Confirmed,
        // A file is read whole or not at all: one instance that no file may hold must not cost the others.
        Endpoints = [.. set.Snapshot.Endpoints.Select(SnapshotEndpoint.Of).Where(e => e.IsValid).DistinctBy(e => e.Id)],
    };

    /// <summary>The set in the file, if it is whole and the asked-for service's; otherwise <paramref name="fault"/> says what is wrong.</summary>
    public SavedSet? ToSet(string source, ServiceName service, out string fault)
    {
        fault = "";
        if (Format != ExpectedFormat || Version != ExpectedVersion)
            fault = $"expected the format {ExpectedFormat} {ExpectedVersion}, found {Format ?? "none"} {Version}";
        else if (Source != source || Service != service.Name || Datacenter != service.Datacenter)
            fault = $"expected {service} of {source}, found {Service}{(Datacenter is null ? "" : $"@{Datacenter}")} of {Source}";
        else if (Confirmed is null || Endpoints is null)
            fault = "expected a time and instances, found a file without";
        else if (Endpoints.Any(e => e is null || !e.IsValid))
            fault = "expected an ID, a host, a port and a weight for each instance, found one without or out of range";
        else if (Endpoints.DistinctBy(e => e!.Id).Count() != Endpoints.Count)
            fault = "expected each instance once, found one twice";
        return fault.Length > 0 ? null : new SavedSet(new ServiceSnapshot(service, [.. Endpoints!.Select(e => e!.ToEndpoint())]), Confirmed!.Value);
    }
}

/// <summary>An instance in a file.</summary>
internal sealed record SnapshotEndpoint
{
    public string? Id { get; init; }

    public string? Host { get; init; }

    public int Port { get; init; }

    public int Weight { get; init; }

    public EndpointHealth Health { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyDictionary<string, string>? Meta { get; init; }

    public string? Node { get; init; }

    public string? Datacenter { get; init; }

    public bool TakesMutualTls { get; init; }

    public bool IsSidecar { get; init; }

    [JsonIgnore]
    public bool IsValid =>
        !string.IsNullOrEmpty(Id) && Uri.CheckHostName(Host) != UriHostNameType.Unknown && Port is >= 0 and <= 65535 && Weight is >= 0 and <= 65535
        && Enum.IsDefined(Health) && (Tags is null || Tags.All(t => t is not null)) && (Meta is null || Meta.Values.All(v => v is not null));

    public static SnapshotEndpoint Of(Endpoint endpoint) => new()
    {
        Id = endpoint.InstanceId,
        Host = endpoint.Host,
        Port = endpoint.Port,
        Weight = endpoint.Weight,
        Health = endpoint.Health,
        Tags = endpoint.Tags.IsDefaultOrEmpty ? null : endpoint.Tags,
        Meta = endpoint.Meta.Count == 0 ? null : endpoint.Meta,
        Node = endpoint.Node,
        Datacenter = endpoint.Datacenter,
        TakesMutualTls = endpoint.TakesMutualTls,
        IsSidecar = endpoint.IsSidecar,
    };

    public Endpoint ToEndpoint() => new()
    {
        InstanceId = Id!,
        Host = Host!,
        Port = Port,
        Weight = Weight,
        Health = Health,
        Tags = [.. Tags ?? []],
        Meta = Meta?.ToFrozenDictionary() ?? FrozenDictionary<string, string>.Empty,
        Node = Node,
        Datacenter = Datacenter,
        TakesMutualTls = TakesMutualTls,
        IsSidecar = IsSidecar,
    };
}

/// <summary>A set and when the registry last confirmed it.</summary>
internal sealed record SavedSet(ServiceSnapshot Snapshot, DateTimeOffset Confirmed);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SnapshotFile))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
