using System.Security.Cryptography.X509Certificates;

namespace MeshClient.TestKit.Certificates;

/// <summary>A leaf with its key and the intermediates above it.</summary>
/// <param name="Certificate">The certificate, with its key.</param>
/// <param name="KeyPem">The key as Consul writes it (SEC1).</param>
/// <param name="Intermediates">What is sent beside it, from the leaf's issuer upwards, without the root.</param>
public sealed record TestLeaf(X509Certificate2 Certificate, string KeyPem, IReadOnlyList<X509Certificate2> Intermediates)
{
    /// <summary>The certificate alone.</summary>
    public string CertificatePem => Certificate.ExportCertificatePem() + "\n";

    /// <summary>The certificate and its intermediates.</summary>
    public string ChainPem => string.Concat(Intermediates.Prepend(Certificate).Select(c => c.ExportCertificatePem() + "\n"));

    /// <summary>The certificate without its key, as a peer sees it.</summary>
    public X509Certificate2 Presented => X509CertificateLoader.LoadCertificate(Certificate.RawData);

    /// <summary>What a peer is sent beside the leaf.</summary>
    public X509Certificate2Collection Sent => [.. Intermediates];

    /// <summary>The same leaf, sent with other intermediates.</summary>
    public TestLeaf With(params X509Certificate2[] intermediates) => this with { Intermediates = intermediates };
}
