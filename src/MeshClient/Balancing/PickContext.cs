using MeshClient.Endpoints;

namespace MeshClient.Balancing;

/// <summary>What a picker may know of the attempt it chooses for.</summary>
public readonly ref struct PickContext
{
    /// <summary>Describes an attempt.</summary>
    /// <param name="tried">The endpoints that earlier attempts of the call went to.</param>
    /// <param name="canResend">Whether the call can be made again elsewhere if this attempt fails.</param>
    /// <param name="hashKey">What the request asks a policy that hashes to go by; null = nothing.</param>
    public PickContext(ReadOnlySpan<EndpointState> tried, bool canResend = false, string? hashKey = null)
    {
        Tried = tried;
        CanResend = canResend;
        HashKey = hashKey;
    }

    /// <summary>The endpoints that earlier attempts of the call went to: to be avoided while there are others.</summary>
    public ReadOnlySpan<EndpointState> Tried { get; }

    /// <summary>Whether the call can be made again elsewhere if this attempt fails: only such calls may find out how a penalised endpoint does.</summary>
    public bool CanResend { get; }

    /// <summary>What the request asks a policy that hashes to go by (<c>SetMeshHashKey</c>); null = nothing.</summary>
    public string? HashKey { get; }
}
