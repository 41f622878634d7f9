using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>The authorities of a trust domain: every one of them is trusted, active or not. Immutable.</summary>
/// <param name="TrustDomain">The trust domain.</param>
/// <param name="Roots">The root certificates.</param>
internal sealed record TrustBundle(string TrustDomain, ImmutableArray<X509Certificate2> Roots)
{
    public bool Equals(TrustBundle? other) =>
        other is not null && TrustDomain == other.TrustDomain && Roots.AsSpan().SequenceEqual(other.Roots.AsSpan());

    public override int GetHashCode() => HashCode.Combine(TrustDomain, Roots.Length);

    /// <summary>Reads the authorities from PEM texts, each one certificate or more.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A text holds no certificate.</exception>
    public static TrustBundle FromPem(string trustDomain, IEnumerable<string> pems)
    {
        var roots = new X509Certificate2Collection();
        foreach (var pem in pems)
        {
            var before = roots.Count;
            roots.ImportFromPem(pem);
            if (roots.Count == before)
                throw new System.Security.Cryptography.CryptographicException("Expected a certificate in PEM form, found none.");
        }
        return new TrustBundle(trustDomain, [.. roots]);
    }
}
