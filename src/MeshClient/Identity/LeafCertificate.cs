using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>The certificate by which this process proves who it is, with its key and the intermediates that are sent along. Immutable.</summary>
internal sealed class LeafCertificate
{
    private LeafCertificate(SpiffeId id, X509Certificate2 certificate, X509Certificate2Collection intermediates)
    {
        Id = id;
        Certificate = certificate;
        Context = SslStreamCertificateContext.Create(certificate, intermediates, offline: true);
    }

    /// <summary>Who it says the process is.</summary>
    public SpiffeId Id { get; }

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What is presented: the certificate and its intermediates, without which peers that know only an older root would refuse it.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>From when it is valid.</summary>
    public DateTimeOffset NotBefore => Certificate.NotBefore;

    /// <summary>Until when it is valid.</summary>
    public DateTimeOffset NotAfter => Certificate.NotAfter;

    /// <summary>Reads a leaf: the certificate first, then its intermediates, and the key.</summary>
    /// <exception cref="CryptographicException">There is no certificate or no key, the key is another certificate's, or the identity is not one; the message says which.</exception>
    public static LeafCertificate FromPem(string certificates, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificates);
        if (chain.Count == 0)
            throw new CryptographicException("Expected a certificate in PEM form, found none.");
        var verdict = PeerCertificate.ReadIdentity(chain[0], out var id, out var detail);
        if (verdict != PeerVerdict.Accepted)
            throw new CryptographicException($"The leaf certificate is not of use ({verdict}): {detail}");
        var certificate = WithKey(certificates, key);
        chain.RemoveAt(0);
        return new LeafCertificate(id!, certificate, chain);
    }

    private static X509Certificate2 WithKey(string certificates, string key)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(certificates, key);
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
