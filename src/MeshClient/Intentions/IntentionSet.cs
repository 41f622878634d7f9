using System.Collections.Immutable;

namespace MeshClient.Intentions;

/// <summary>All that is said of who may call a service. Immutable.</summary>
/// <param name="Destination">The service.</param>
/// <param name="Intentions">The intentions about it, in any order.</param>
/// <param name="AllowByDefault">What holds where no intention decides.</param>
internal sealed record IntentionSet(string Destination, ImmutableArray<Intention> Intentions, bool AllowByDefault)
{
    public bool Equals(IntentionSet? other) =>
        other is not null && Destination == other.Destination && AllowByDefault == other.AllowByDefault
        && Intentions.AsSpan().SequenceEqual(other.Intentions.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Destination, Intentions.Length, AllowByDefault);

    public override string ToString() => $"{Intentions.Length} intentions to {Destination}, else {(AllowByDefault ? "allow" : "deny")}";
}
