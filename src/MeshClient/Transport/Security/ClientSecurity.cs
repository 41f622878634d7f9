using System.Net.Sockets;
using MeshClient.Identity;
using MeshClient.Model;

namespace MeshClient.Transport.Security;

/// <summary>Which endpoints are called by mTLS, and who each of them must prove to be.</summary>
internal sealed class ClientSecurity
{
    private readonly MeshSecurity _security;
    // The ends of what was cut are told within moments.
    private static readonly TimeSpan s_cutIsTold = TimeSpan.FromSeconds(10);

    private LeafCertificate? _leaf;
    private Cut? _cut;

    public ClientSecurity(MeshSecurity security, TimeProvider time, PeerRefusals refusals)
    {
        _security = security;
        Time = time;
        Refusals = refusals;
        if (security.Identity is { } keeper)
            keeper.Changed += OnChanged;
    }

    /// <summary>Called after this process has got another leaf, or other intermediates of it: connections by the one before are to be left.</summary>
    public event Action? LeafChanged;

    /// <summary>The identity in force.</summary>
    public WorkloadIdentity Identity => _security.Identity?.Current ?? WorkloadIdentity.None;

    /// <summary>Whether calls can be made, as far as this process's own identity goes.</summary>
    public bool IsReady => _security.Identity is null or { IsReady: true };

    /// <summary>Waits for the first identity of this process.</summary>
    /// <param name="limit">The most time to wait; what can be proved afterwards, each connection finds out by itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitUntilReadyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_security.Identity is { } keeper)
            await keeper.WaitUntilReadyAsync(limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The time that certificates are judged by.</summary>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Says which peers were refused, and which refused this process.</summary>
    public PeerRefusals Refusals { get; }

    /// <summary>The leaf to prove this process's own identity by.</summary>
    /// <exception cref="MeshIdentityException">There is none, or it has expired: a call that cannot prove who makes it is not made.</exception>
    public LeafCertificate UsableLeaf(Endpoint endpoint)
    {
        var identity = Identity;
        if (identity.IsUsable(Now))
            return identity.Leaf!;
        throw identity.Leaf is { } leaf
            ? new MeshIdentityException(PeerVerdict.Expired,
                $"No connection to {endpoint}: the certificate of this process ({leaf.Id}) expired at {leaf.NotAfter.UtcDateTime:u} and has not been renewed. Is its source at work?", isOwn: true)
            : new MeshIdentityException(PeerVerdict.NoCertificate,
                $"No connection to {endpoint}: this process has no certificate yet. Has its source (Mesh:Security:Source) answered?", isOwn: true);
    }

    /// <summary>Whether the instance is called by mutual TLS.</summary>
    /// <remarks>Strict: each. Permissive: those of which the registry says that they take it.</remarks>
    public bool Covers(Endpoint endpoint) =>
        _security.Mode == SecurityMode.Strict || (_security.Mode == SecurityMode.Permissive && endpoint.TakesMutualTls);

    /// <summary>Who an instance must prove to be: the very service that is called, whatever its registration says of itself.</summary>
    /// <param name="service">The registry's name of the service.</param>
    /// <param name="endpoint">The instance.</param>
    /// <param name="leaf">This process's own leaf: what the registry leaves open is as with this process.</param>
    public SpiffeId Expected(ServiceName service, Endpoint endpoint, LeafCertificate leaf) => SpiffeId.Of(
        Identity.Bundle?.TrustDomain ?? leaf.Id.TrustDomain, endpoint.Datacenter ?? service.Datacenter ?? leaf.Id.Datacenter, service.Name,
        leaf.Id.Namespace, leaf.Id.Partition);

    /// <summary>Takes in that connections by an expired leaf are being cut.</summary>
    public void NoteCut(LeafCertificate leaf) => Volatile.Write(ref _cut, new Cut(leaf, Now));

    /// <summary>What an error of a connection is when this process itself has cut it; any other error as it is.</summary>
    /// <remarks>Told where a call fails and not where the connection does, for that costs each read of each call.</remarks>
    public Exception Explain(Endpoint endpoint, Exception error)
    {
        if (Volatile.Read(ref _cut) is not { } cut || Now - cut.At > s_cutIsTold || !IsOwnEnd(error))
            return error;
        return new MeshIdentityException(PeerVerdict.Expired,
            $"The connection to {endpoint} was cut, for the certificate that it was made by expired at {cut.Leaf.NotAfter.UtcDateTime:u}. Calls that last longer are to be made anew.",
            isOwn: true);
    }

    // What a socket says that its own process has closed under an operation.
    private static bool IsOwnEnd(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
                return true;
        }
        return false;
    }

    private sealed record Cut(LeafCertificate Leaf, DateTimeOffset At);

    private void OnChanged(WorkloadIdentity identity)
    {
        var before = _leaf;
        _leaf = identity.Leaf;
        // Other intermediates alone are another leaf too: after a rotation of the CA peers may know only the new ones.
        if (before is not null && !before.IsSameAs(identity.Leaf))
            LeafChanged?.Invoke();
    }
}
