using System.Collections.Immutable;

namespace MeshClient.Intentions;

/// <summary>What an intention says of some requests: all of its conditions must hold. Immutable.</summary>
internal sealed record IntentionPermission
{
    public IntentionAction Action { get; init; }

    public string? PathExact { get; init; }

    public string? PathPrefix { get; init; }

    public string? PathRegex { get; init; }

    public ImmutableArray<HeaderCondition> Headers { get; init; } = [];

    /// <summary>Any of these; empty = all methods.</summary>
    public ImmutableArray<string> Methods { get; init; } = [];

    /// <summary>What in it cannot be understood; every request that comes to it is denied then. Null = nothing.</summary>
    public string? Fault { get; init; }

    public bool Equals(IntentionPermission? other) =>
        other is not null && Parts.Equals(other.Parts) && Headers.AsSpan().SequenceEqual(other.Headers.AsSpan())
        && Methods.AsSpan().SequenceEqual(other.Methods.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Parts, Headers.Length, Methods.Length);

    private (IntentionAction, string?, string?, string?, string?) Parts => (Action, PathExact, PathPrefix, PathRegex, Fault);
}

/// <summary>A condition on a header: exactly one of presence and the kinds of value.</summary>
internal sealed record HeaderCondition
{
    public required string Name { get; init; }

    public bool Present { get; init; }

    public string? Exact { get; init; }

    public string? Prefix { get; init; }

    public string? Suffix { get; init; }

    public string? Contains { get; init; }

    public string? Regex { get; init; }

    public bool Invert { get; init; }

    public bool IgnoreCase { get; init; }
}
