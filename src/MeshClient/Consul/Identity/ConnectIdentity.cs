using System.Security.Cryptography;
using MeshClient.Consul.Api;
using MeshClient.Identity;

namespace MeshClient.Consul.Identity;

/// <summary>
/// Puts the answers for roots and leaf together, as they come: nothing is delivered until there are both and they are of one trust domain. After a
/// rebuild of Consul both change, one after the other; a leaf of the old domain never meets the roots of the new.
/// </summary>
/// <param name="service">The service that the leaf must be of.</param>
internal sealed class ConnectIdentity(string service)
{
    private (string TrustDomain, string[] Roots)? _roots;
    private (SpiffeId Id, string Certificates, string Key)? _leaf;
    private string? _rootsFault;
    private string? _leafFault;
    private IdentityMaterial? _delivered;
    private bool _inTrouble;

    /// <summary>Takes an answer for the roots.</summary>
    /// <returns>What to deliver, in this order.</returns>
    public IEnumerable<IdentityUpdate> Roots(ConnectRoots answer)
    {
        string[] roots = [.. answer.Roots?.Select(r => r?.RootCert).OfType<string>() ?? []];
        if (roots.Length == 0 || !SpiffeId.IsTrustDomain(answer.TrustDomain ?? ""))
            return RootsFailed("Expected a trust domain and its roots from Consul, found none: its CA may not be ready yet.");
        _roots = (answer.TrustDomain!, roots);
        _rootsFault = null;
        return Deliver();
    }

    /// <summary>Takes an answer for the leaf.</summary>
    /// <returns>What to deliver, in this order.</returns>
    public IEnumerable<IdentityUpdate> Leaf(ConnectLeaf answer)
    {
        if (string.IsNullOrEmpty(answer.CertPEM) || string.IsNullOrEmpty(answer.PrivateKeyPEM))
            return LeafFailed($"Expected a certificate of {service} with its key from Consul, found {(string.IsNullOrEmpty(answer.CertPEM) ? "no certificate" : "no key")}.");
        try
        {
            if (PeerCertificate.ReadIdentity(Pem.Certificates(answer.CertPEM)[0], out var id, out var detail) != PeerVerdict.Accepted)
                return LeafFailed($"The certificate of {service} from Consul is not of use: {detail}");
            if (!string.Equals(id!.Service, service, StringComparison.OrdinalIgnoreCase))
                return LeafFailed($"Expected a certificate of {service} from Consul, found that of {id}.");
            _leaf = (id, answer.CertPEM, answer.PrivateKeyPEM);
        }
        catch (CryptographicException error)
        {
            return LeafFailed($"The certificate of {service} from Consul cannot be read: {error.Message}", error);
        }
        _leafFault = null;
        return Deliver();
    }

    /// <summary>Takes a failure to get the roots.</summary>
    public IEnumerable<IdentityUpdate> RootsFailed(string reason, Exception? error = null, string? errorType = null) =>
        [Fault(_rootsFault = reason, error, errorType)];

    /// <summary>Takes a failure to get the leaf.</summary>
    public IEnumerable<IdentityUpdate> LeafFailed(string reason, Exception? error = null, string? errorType = null) =>
        [Fault(_leafFault = reason, error, errorType)];

    private IEnumerable<IdentityUpdate> Deliver()
    {
        if (_roots is not { } roots || _leaf is not { } leaf)
            yield break;
        if (leaf.Id.TrustDomain != roots.TrustDomain)
        {
            // What is in force stays, whole, until the other half follows.
            yield return Fault(
                $"Consul's roots are of the trust domain \"{roots.TrustDomain}\" and its certificate is {leaf.Id}: it was rebuilt, and the other half is waited for.");
            yield break;
        }
        var material = new IdentityMaterial(roots.TrustDomain, roots.Roots, leaf.Certificates, leaf.Key);
        var fault = _rootsFault ?? _leafFault;
        if (IsNew(material) || (_inTrouble && fault is null))
        {
            _delivered = material;
            _inTrouble = false;
            yield return new IdentityUpdate.Material(material);
            if (fault is not null)
                yield return Fault(fault);
        }
    }

    private bool IsNew(IdentityMaterial material) =>
        _delivered is null || material.TrustDomain != _delivered.TrustDomain || material.Certificates != _delivered.Certificates
        || material.PrivateKey != _delivered.PrivateKey || !material.Roots.SequenceEqual(_delivered.Roots);

    private IdentityUpdate.Fault Fault(string reason, Exception? error = null, string? errorType = null)
    {
        _inTrouble = true;
        var fault = new IdentityUpdate.Fault(reason, error);
        return errorType is null ? fault : fault with { ErrorType = errorType };
    }
}
