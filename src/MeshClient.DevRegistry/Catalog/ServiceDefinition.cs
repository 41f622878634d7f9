namespace MeshClient.DevRegistry.Catalog;

/// <summary>An address under a label such as "lan" or "wan".</summary>
internal sealed record LabelledAddress(string Address, int Port);

/// <summary>What a proxy stands in front of.</summary>
internal sealed record ProxyDefinition
{
    public required string DestinationName { get; init; }
    public string DestinationId { get; init; } = "";
    public string LocalAddress { get; init; } = "";
    public int LocalPort { get; init; }

    /// <summary>The proxy's own settings: a JSON object that is handed on as it is, or empty.</summary>
    public string Config { get; init; } = "";
}

/// <summary>One instance of a service as its owner registered it.</summary>
internal sealed record ServiceDefinition
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];
    public string Address { get; init; } = "";
    public int Port { get; init; }
    public IReadOnlyDictionary<string, string> Meta { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
    public IReadOnlyDictionary<string, LabelledAddress> TaggedAddresses { get; init; } =
        new SortedDictionary<string, LabelledAddress>(StringComparer.Ordinal);
    public int PassingWeight { get; init; } = 1;
    public int WarningWeight { get; init; } = 1;
    public bool EnableTagOverride { get; init; }
    public bool ConnectNative { get; init; }

    /// <summary>Set where this is a proxy; null is a service itself.</summary>
    public ProxyDefinition? Proxy { get; init; }

    /// <summary>The service that mesh callers reach through this instance; null where it does not speak mutual TLS.</summary>
    public string? MeshName => Proxy is not null ? Proxy.DestinationName : ConnectNative ? Name : null;

    /// <summary>The ID of the sidecar that is registered along with the service of this ID.</summary>
    public static string SidecarIdOf(string serviceId) => $"{serviceId}-sidecar-proxy";

    /// <summary>Whether registering <paramref name="other"/> over this would change nothing; lists are compared by content.</summary>
    public bool SameAs(ServiceDefinition other) =>
        this with { Tags = other.Tags, Meta = other.Meta, TaggedAddresses = other.TaggedAddresses } == other
        && Tags.SequenceEqual(other.Tags, StringComparer.Ordinal)
        && Meta.SequenceEqual(other.Meta)
        && TaggedAddresses.SequenceEqual(other.TaggedAddresses);
}
