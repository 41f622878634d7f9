using MeshClient.Endpoints;

namespace MeshClient.Balancing;

/// <summary>What a picker may know of the attempt it chooses for.</summary>
public readonly ref struct PickContext
{
    /// <summary>Describes an attempt.</summary>
    /// <param name="tried">The endpoints that earlier attempts of the call went to.</param>
    public PickContext(ReadOnlySpan<EndpointState> tried) => Tried = tried;

    /// <summary>The endpoints that earlier attempts of the call went to: to be avoided while there are others.</summary>
    public ReadOnlySpan<EndpointState> Tried { get; }
}
