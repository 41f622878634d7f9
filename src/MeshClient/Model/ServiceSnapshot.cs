using System.Collections.Immutable;

namespace MeshClient.Model;

/// <summary>The complete set of a service's instances at one moment, healthy or not. Compared by value.</summary>
/// <param name="Service">The service.</param>
/// <param name="Endpoints">Its instances, in the registry's order; empty = the registry knows of none.</param>
public sealed record ServiceSnapshot(ServiceName Service, ImmutableArray<Endpoint> Endpoints)
{
    /// <inheritdoc/>
    public bool Equals(ServiceSnapshot? other) =>
        other is not null && Service == other.Service && Endpoints.AsSpan().SequenceEqual(other.Endpoints.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Service, Endpoints.Length);
}
