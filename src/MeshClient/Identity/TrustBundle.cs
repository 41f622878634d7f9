using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>The authorities of a trust domain: every one of them is trusted, active or not. Immutable.</summary>
/// <param name="TrustDomain">The trust domain.</param>
/// <param name="Roots">The root certificates.</param>
internal sealed record TrustBundle(string TrustDomain, ImmutableArray<X509Certificate2> Roots)
{
    public bool Equals(TrustBundle? other) =>
        other is not null && TrustDomain == other.TrustDomain && Pem.AreSame(Roots, other.Roots);

    public override int GetHashCode() => HashCode.Combine(TrustDomain, Roots.Length);

    /// <summary>Reads the authorities from PEM texts, each one certificate or more.</summary>
    /// <exception cref="CryptographicException">There is no certificate, one is not an authority's, or the trust domain is none; the message says which.</exception>
    public static TrustBundle FromPem(string trustDomain, IEnumerable<string> pems)
    {
        if (!SpiffeId.IsTrustDomain(trustDomain))
            throw new CryptographicException($"Expected a trust domain such as \"mesh.example\", found \"{Printable.Of(trustDomain)}\".");
        var roots = ImmutableArray.CreateRange(pems.SelectMany(Pem.Certificates));
        if (roots.IsEmpty)
            throw new CryptographicException("Expected a certificate of an authority, found none.");
        if (roots.FirstOrDefault(r => !IsRoot(r)) is { } other)
            throw new CryptographicException($"Expected certificates of root authorities, found that of \"{Printable.Of(other.Subject)}\", which is no authority or not a root.");
        return new TrustBundle(trustDomain, [.. roots.DistinctBy(r => r.Thumbprint)]);
    }

    // Chains end at what has signed itself; another certificate among the roots would be trusted by nobody, or as a leaf by mistake.
    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
        && certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority);
}
