using System.Security.Cryptography;

namespace MeshClient.Identity;

/// <summary>From what a source delivers to an identity that is of use: pure, given what is in force and the time.</summary>
internal static class MaterialReader
{
    /// <summary>Reads the identity.</summary>
    /// <param name="material">What the source delivered.</param>
    /// <param name="before">What is in force; parts that did not change are taken over as they are.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="CryptographicException">It is of no use; the message says why and holds no key.</exception>
    public static WorkloadIdentity Read(IdentityMaterial material, WorkloadIdentity before, DateTimeOffset now)
    {
        var bundle = TrustBundle.FromPem(material.TrustDomain, material.Roots);
        if (bundle.Equals(before.Bundle))
            bundle = before.Bundle;
        var leaf = Leaf(material, before);
        if (leaf is null)
            return new WorkloadIdentity(null, bundle);
        if (leaf.Id.TrustDomain != bundle.TrustDomain)
            throw new CryptographicException($"Expected a leaf of the trust domain \"{bundle.TrustDomain}\", found {leaf.Id}.");
        if (leaf.NotAfter <= now)
            throw new CryptographicException($"Expected a leaf that is valid, found one that was so until {leaf.NotAfter.UtcDateTime:u}.");
        if (Refusal(leaf, bundle, now) is { } detail)
            throw new CryptographicException($"No peer would accept the leaf: {detail}");
        return new WorkloadIdentity(leaf, bundle);
    }

    // Roots without a leaf keep the leaf in force, if it is theirs.
    private static LeafCertificate? Leaf(IdentityMaterial material, WorkloadIdentity before)
    {
        if (material.Certificates is null && material.PrivateKey is null)
            return before.Leaf;
        if (material.Certificates is null || material.PrivateKey is null)
            throw new CryptographicException($"Expected a leaf with its key, found {(material.Certificates is null ? "a key without a certificate" : "no key")}.");
        var leaf = LeafCertificate.FromPem(material.Certificates, material.PrivateKey);
        return leaf.IsSameAs(before.Leaf) ? before.Leaf : leaf;
    }

    // The leaf must pass what peers ask of it. Asked for half of its life as well: where this clock is behind, a leaf or a root that was made just now
    // is not valid here yet, though it is for others.
    private static string? Refusal(LeafCertificate leaf, TrustBundle bundle, DateTimeOffset now)
    {
        var halfway = leaf.NotBefore + ((leaf.NotAfter - leaf.NotBefore) / 2);
        foreach (var role in (ReadOnlySpan<PeerRole>)[PeerRole.Server, PeerRole.Client])
        {
            if (PeerVerifier.Verify(leaf.Certificate, leaf.Intermediates, bundle, role, null, now) is { IsAccepted: false } refused
                && !PeerVerifier.Verify(leaf.Certificate, leaf.Intermediates, bundle, role, null, halfway).IsAccepted)
            {
                return refused.Detail;
            }
        }
        return null;
    }
}
