using MeshClient.Identity;
using MeshClient.Model;

namespace MeshClient.Transport.Security;

/// <summary>Which endpoints are called by mTLS, and who each of them must prove to be.</summary>
internal sealed class ClientSecurity
{
    private readonly MeshSecurity _security;
    private LeafCertificate? _leaf;

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

    private void OnChanged(WorkloadIdentity identity)
    {
        var before = _leaf;
        _leaf = identity.Leaf;
        // Other intermediates alone are another leaf too: after a rotation of the CA peers may know only the new ones.
        if (before is not null && !before.IsSameAs(identity.Leaf))
            LeafChanged?.Invoke();
    }
}
