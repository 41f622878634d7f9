using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>The certificate by which this process proves who it is, with its key and the intermediates that are sent along. Immutable.</summary>
internal sealed class LeafCertificate
{
    /// <summary>OpenSSL, which most peers use, takes 100 KB in a handshake; leaves with their intermediates have 2 KB.</summary>
    private const int LongestChain = 64 << 10;

    private LeafCertificate(SpiffeId id, X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        Id = id;
        Certificate = certificate;
        Intermediates = intermediates;
        Context = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }

    /// <summary>Who it says the process is.</summary>
    public SpiffeId Id { get; }

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What came with it.</summary>
    public X509Certificate2Collection Intermediates { get; }

    /// <summary>What is presented: the certificate and its intermediates, without which peers that know only an older root would refuse it.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>From when it is valid.</summary>
    public DateTimeOffset NotBefore => Certificate.NotBefore;

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset NotAfter => Certificate.NotAfter;

    /// <summary>Reads a leaf: the certificate first, then its intermediates, and the key.</summary>
    /// <exception cref="CryptographicException">There is no certificate or no key, the key is another certificate's, the chain is too long, or the identity is not one; the message says which.</exception>
    public static LeafCertificate FromPem(string certificates, string key)
    {
        var chain = Pem.Certificates(certificates);
        var verdict = PeerCertificate.ReadIdentity(chain[0], out var id, out var detail);
        if (verdict != PeerVerdict.Accepted)
            throw new CryptographicException($"The leaf certificate is not of use ({verdict}): {detail}");
        if (chain.Sum(c => c.RawDataMemory.Length) is var length and > LongestChain)
            throw new CryptographicException($"Expected a leaf with its intermediates of at most {LongestChain >> 10} KiB, as peers take it in a handshake, found {length >> 10} KiB.");
        var certificate = WithKey(chain[0], key);
        chain.RemoveAt(0);
        return new LeafCertificate(id!, certificate, chain);
    }

    /// <summary>From when on it should have been renewed: at 95% of its life. Consul renews at 60 to 90%.</summary>
    public DateTimeOffset NearExpiry => NotAfter - ((NotAfter - NotBefore) * 0.05);

    /// <summary>Whether the same is presented: the same certificate with the same intermediates.</summary>
    public bool IsSameAs(LeafCertificate? other) =>
        other is not null && Pem.AreSame([Certificate, .. Intermediates], [other.Certificate, .. other.Intermediates]);

    /// <summary>Names the identity and the end of its validity, never the key.</summary>
    public override string ToString() => $"{Id} until {NotAfter.UtcDateTime:u}";

    private static X509Certificate2 WithKey(X509Certificate2 leaf, string key)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(leaf.ExportCertificatePem(), key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // The key itself is in no message.
            throw new CryptographicException("The private key cannot be read or is not that of the leaf certificate.", error.InnerException);
        }
        if (!OperatingSystem.IsWindows())
            return certificate;
        // SChannel takes no key that lives in memory alone; the key set is deleted with the certificate.
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.DefaultKeySet);
    }
}
