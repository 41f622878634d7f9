using System.Security.Cryptography;
using System.Text;

namespace MeshClient.DevRegistry.Intentions;

/// <summary>One rule: whether a source may call a destination. <c>*</c> stands for every name.</summary>
internal sealed record Intention
{
    public const string Any = "*", DefaultNamespace = "default", SourceTypeConsul = "consul";

    public required string Id { get; init; }
    public string Description { get; init; } = "";
    public string SourceNamespace { get; init; } = DefaultNamespace;
    public required string Source { get; init; }
    public string DestinationNamespace { get; init; } = DefaultNamespace;
    public required string Destination { get; init; }
    public string SourceType { get; init; } = SourceTypeConsul;

    /// <summary>"allow" or "deny"; empty where <see cref="Permissions"/> decide.</summary>
    public required string Action { get; init; }

    /// <summary>
    /// Newer than Consul 1.8: a JSON list of what is allowed and denied by path, header and method, handed on as it came; empty
    /// for none.
    /// </summary>
    public string Permissions { get; init; } = "";
    public IReadOnlyDictionary<string, string> Meta { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public ulong CreateIndex { get; init; }
    public ulong ModifyIndex { get; init; }

    /// <summary>9 for a destination by name, 6 for any of a namespace, 3 for any at all; less what the source leaves open.</summary>
    public int Precedence =>
        (3 * (1 + ExactParts(DestinationNamespace, Destination))) - (2 - ExactParts(SourceNamespace, Source));

    /// <summary>The order in which rules are tried.</summary>
    public static IComparer<Intention> Order { get; } = Comparer<Intention>.Create(static (one, other) =>
        other.Precedence.CompareTo(one.Precedence) is not 0 and var byPrecedence
            ? byPrecedence
            : one.Key.CompareTo(other.Key));

    /// <summary>What no two intentions share.</summary>
    public PairKey Key => new(SourceNamespace, Source, DestinationNamespace, Destination);

    /// <summary>The opaque digest of the wire.</summary>
    public string Hash => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\0',
        [Id, Description, SourceNamespace, Source, DestinationNamespace, Destination, SourceType, Action, Permissions,
            .. Meta.SelectMany(static pair => (string[])[pair.Key, pair.Value])]))));

    public override string ToString() =>
        $"{Action.ToUpperInvariant()} {SourceNamespace}/{Source} => {DestinationNamespace}/{Destination} "
        + $"(ID: {Id}, Precedence: {Precedence})";

    private static int ExactParts(string ns, string name) => ns == Any ? 0 : name == Any ? 1 : 2;
}

/// <summary>Source and destination, in the order in which equal precedences are sorted.</summary>
internal readonly record struct PairKey(string SourceNamespace, string Source, string DestinationNamespace, string Destination)
    : IComparable<PairKey>
{
    public int CompareTo(PairKey other)
    {
        (string Mine, string Theirs)[] parts =
        [
            (SourceNamespace, other.SourceNamespace), (Source, other.Source),
            (DestinationNamespace, other.DestinationNamespace), (Destination, other.Destination),
        ];
        return parts.Select(static part => string.CompareOrdinal(part.Mine, part.Theirs)).FirstOrDefault(static order => order != 0);
    }
}
