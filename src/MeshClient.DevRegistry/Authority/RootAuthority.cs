using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.DevRegistry.Authority;

/// <summary>
/// A root with its key, which never leaves the memory of this process. Nobody disposes it: a request may still sign with it
/// when it goes.
/// </summary>
internal sealed class RootAuthority(ECDsa key, X509Certificate2 certificate, ulong serial, ulong createIndex)
{
    public ECDsa Key { get; } = key;
    public X509Certificate2 Certificate { get; } = certificate;
    public ulong Serial { get; } = serial;
    public ulong CreateIndex { get; } = createIndex;
    public string Pem { get; } = Certificates.Pem(certificate);

    /// <summary>The SHA-1 of the certificate: the root's name on the wire.</summary>
    public string Id { get; } = Certificates.Hex(certificate.GetCertHash(HashAlgorithmName.SHA1));
    public string SigningKeyId { get; } = Certificates.Hex(Certificates.KeyId(key));

    /// <summary>This root's key under the signature of the root before it; null for the first.</summary>
    public string? CrossPem { get; init; }
}

/// <summary>A root as readers see it.</summary>
internal sealed record RootEntry(RootAuthority Root, bool Active, ulong ModifyIndex)
{
    /// <summary>When it stopped signing; null while it is active.</summary>
    public DateTimeOffset? RotatedOut { get; init; }
}

/// <summary>All roots that are to be trusted, oldest first.</summary>
internal sealed record RootSet(string TrustDomainId, IReadOnlyList<RootEntry> Entries)
{
    public string TrustDomain => $"{TrustDomainId}.consul";

    public RootAuthority Active => Entries.Single(static entry => entry.Active).Root;
}

/// <summary>The certificate of a service with its key.</summary>
internal sealed record Leaf(
    string Service,
    string Id,
    string Serial,
    string CertificatesPem,
    string KeyPem,
    Validity Validity,
    ulong CreateIndex,
    ulong ModifyIndex);
