using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>The authorities of a trust domain: every one of them is trusted, active or not. Immutable.</summary>
/// <param name="TrustDomain">The trust domain.</param>
/// <param name="Roots">The root certificates.</param>
/// <param name="Intermediates">What came with them: no chain ends there, but one may go by them where a peer does not send its own.</param>
internal sealed record TrustBundle(string TrustDomain, ImmutableArray<X509Certificate2> Roots, ImmutableArray<X509Certificate2> Intermediates)
{
    public bool Equals(TrustBundle? other) =>
        other is not null && TrustDomain == other.TrustDomain && Pem.AreSame(Roots, other.Roots) && Pem.AreSame(Intermediates, other.Intermediates);

    public override int GetHashCode() => HashCode.Combine(TrustDomain, Roots.Length);

    /// <summary>Reads the authorities from PEM texts, each one certificate or more.</summary>
    /// <exception cref="CryptographicException">There is no certificate, one is not an authority's, none is a root's, or the trust domain is none; the message says which.</exception>
    public static TrustBundle FromPem(string trustDomain, IEnumerable<string> pems)
    {
        if (!SpiffeId.IsTrustDomain(trustDomain))
            throw new CryptographicException($"Expected a trust domain such as \"mesh.example\", found \"{Printable.Of(trustDomain)}\".");
        var authorities = ImmutableArray.CreateRange(pems.SelectMany(Pem.Certificates).DistinctBy(c => c.Thumbprint));
        if (authorities.IsEmpty)
            throw new CryptographicException("Expected a certificate of an authority, found none.");
        if (authorities.FirstOrDefault(c => !IsAuthority(c)) is { } other)
            throw new CryptographicException($"Expected certificates of authorities, found that of \"{Printable.Of(other.Subject)}\", which is none.");
        var roots = authorities.Where(IsSelfIssued).ToImmutableArray();
        if (roots.IsEmpty)
        {
            throw new CryptographicException(
                $"Expected the certificate of a root authority, found only those of intermediate ones, as \"{Printable.Of(authorities[0].Subject)}\", issued by \"{Printable.Of(authorities[0].Issuer)}\".");
        }
        return new TrustBundle(trustDomain, roots, [.. authorities.Where(c => !IsSelfIssued(c))]);
    }

    // Chains end at what has signed itself; another certificate among the roots would be trusted by nobody, or as a leaf by mistake.
    private static bool IsSelfIssued(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static bool IsAuthority(X509Certificate2 certificate) => certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority);
}
