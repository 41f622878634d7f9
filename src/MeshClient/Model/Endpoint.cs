using System.Collections.Frozen;
using System.Collections.Immutable;

namespace MeshClient.Model;

/// <summary>What the registry's checks say of an instance.</summary>
public enum EndpointHealth
{
    /// <summary>Every check passes.</summary>
    Passing,

    /// <summary>A check warns and none is critical: used, with the weight the registry gives to warning instances.</summary>
    Warning,

    /// <summary>A check is critical: never used.</summary>
    Critical,

    /// <summary>An operator took the instance or its node out of service: never used.</summary>
    Maintenance,
}

/// <summary>One instance of a service, as a registry describes it. Immutable; compared by value, collections included.</summary>
public sealed record Endpoint
{
    /// <summary>What tells this instance from the others of its service: the registry's ID, made unique across nodes.</summary>
    public required string InstanceId { get; init; }

    /// <summary>An IP address (IPv6 without brackets) or a host name that is resolved anew for each connection.</summary>
    public required string Host { get; init; }

    /// <summary>The TCP port, 1 to 65535; 0 = the instance takes no calls.</summary>
    public required int Port { get; init; }

    /// <summary>The share of the calls relative to the other instances, 0 to 65535; 0 = none. Default 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What the registry's checks say. Default <see cref="EndpointHealth.Passing"/>.</summary>
    public EndpointHealth Health { get; init; }

    /// <summary>The registry's tags, in its order.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>The registry's key-value metadata of the instance.</summary>
    public FrozenDictionary<string, string> Meta { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The registry's name of the node that runs the instance; null where there is none.</summary>
    public string? Node { get; init; }

    /// <summary>The datacenter of the instance; null where there is none.</summary>
    public string? Datacenter { get; init; }

    /// <summary>
    /// Whether the registry says that the instance takes mutual TLS, by itself or by a sidecar. Of weight where <c>Mesh:Security:Mode</c> is
    /// <c>Permissive</c>: <c>Strict</c> asks it of every instance and <c>Off</c> of none. Default false.
    /// </summary>
    public bool TakesMutualTls { get; init; }

    /// <summary>
    /// Whether a sidecar listens there, which takes mutual TLS for the service and hands the bytes on to it in plain text: calls by mutual TLS say
    /// <c>http</c> inside it and choose the version of HTTP as they would without it. Default false.
    /// </summary>
    public bool IsSidecar { get; init; }

    /// <summary>The ID of the instance that it is the sidecar of; null where it is none, or the registry does not say.</summary>
    internal string? SidecarOf { get; init; }

    /// <summary>Whether the instance may be called at all: passing or warning, a weight over 0 and a port.</summary>
    public bool IsUsable => Health is EndpointHealth.Passing or EndpointHealth.Warning && Weight > 0 && Port > 0;

    /// <summary>Where it listens, as <c>host:port</c>, IPv6 in brackets.</summary>
    internal string Address => $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>Whether <paramref name="name"/> is its instance ID or its address, found out without writing the address down.</summary>
    internal bool IsCalled(string name)
    {
        if (InstanceId == name)
            return true;
        var text = name.AsSpan();
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text[(colon + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) || port != Port)
            return false;
        var host = text[..colon];
        if (host is ['[', .. var inner, ']'])
            host = inner;
        else if (host.Contains(':'))
            return false;
        return host.Equals(Host, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What stays the same while an instance lives: its ID, where it listens, how it is spoken to and who it must prove to be.</summary>
    internal EndpointKey Key => new(InstanceId, Host, Port, Datacenter, TakesMutualTls, IsSidecar);

    /// <inheritdoc/>
    public bool Equals(Endpoint? other) =>
        ReferenceEquals(this, other)
        || (other is not null && InstanceId == other.InstanceId && Host == other.Host && Port == other.Port && Weight == other.Weight
            && Health == other.Health && TakesMutualTls == other.TakesMutualTls && IsSidecar == other.IsSidecar && SidecarOf == other.SidecarOf
            && Node == other.Node && Datacenter == other.Datacenter && Tags.AsSpan().SequenceEqual(other.Tags.AsSpan()) && SameMeta(other.Meta));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(InstanceId, Host, Port, Weight, Health);

    /// <summary>The instance and its address, for logs.</summary>
    /// <returns>For example <c>node-a/web-1 (10.0.0.5:8080)</c>.</returns>
    public override string ToString() => $"{InstanceId} ({Address})";

    private bool SameMeta(FrozenDictionary<string, string> other)
    {
        if (ReferenceEquals(Meta, other))
            return true;
        if (Meta.Count != other.Count)
            return false;
        foreach (var (key, value) in Meta)
        {
            if (!other.TryGetValue(key, out var theirs) || theirs != value)
                return false;
        }
        return true;
    }
}

/// <summary>The identity of an endpoint across snapshots: its state lives as long as this stays the same.</summary>
internal readonly record struct EndpointKey(string InstanceId, string Host, int Port, string? Datacenter, bool TakesMutualTls, bool IsSidecar);
