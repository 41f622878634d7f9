using System.Collections.Immutable;

namespace MeshClient.Intentions;

internal enum IntentionAction
{
    Deny,
    Allow,
}

/// <summary>Who may call whom, as an administrator has said it. Immutable.</summary>
internal sealed record Intention
{
    /// <summary>Stands for every name or every namespace.</summary>
    public const string Wildcard = "*";

    public const string Default = "default";

    public required string Source { get; init; }

    public string SourceNamespace { get; init; } = Default;

    public string SourcePartition { get; init; } = Default;

    public required string Destination { get; init; }

    public string DestinationNamespace { get; init; } = Default;

    /// <summary>What holds for the whole caller; without meaning when there are permissions.</summary>
    public IntentionAction Action { get; init; }

    /// <summary>What holds for single requests, the first that matches; empty = <see cref="Action"/> holds for all.</summary>
    public ImmutableArray<IntentionPermission> Permissions { get; init; } = [];

    /// <summary>What in it cannot be understood; it denies whom it is about then. Null = nothing.</summary>
    public string? Fault { get; init; }

    /// <summary>
    /// Its precedence as Consul reckons it: 9, 6 or 3 by how much of the destination is named exactly (name and namespace, only the namespace, nothing),
    /// less one for each part of the source that is not. The highest decides.
    /// </summary>
    public int Precedence => 3 + (3 * Exact(DestinationNamespace, Destination)) - (2 - Exact(SourceNamespace, Source));

    public bool Equals(Intention? other) =>
        other is not null && Identity.Equals(other.Identity) && Action == other.Action && Fault == other.Fault
        && Permissions.AsSpan().SequenceEqual(other.Permissions.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Identity, Action, Permissions.Length, Fault);

    /// <summary>Names the pair: <c>web -> db</c>, with what is not the default.</summary>
    public override string ToString() =>
        $"{Name(SourcePartition, SourceNamespace, Source)} -> {Name(Default, DestinationNamespace, Destination)}";

    private (string, string, string, string, string) Identity => (SourcePartition, SourceNamespace, Source, DestinationNamespace, Destination);

    // A wildcard for the namespace leaves nothing exact: names follow namespaces.
    private static int Exact(string @namespace, string name) => @namespace == Wildcard ? 0 : name == Wildcard ? 1 : 2;

    private static string Name(string partition, string @namespace, string name) => (partition, @namespace) switch
    {
        (Default, Default) => name,
        (Default, _) => $"{@namespace}/{name}",
        _ => $"{partition}/{@namespace}/{name}",
    };
}
