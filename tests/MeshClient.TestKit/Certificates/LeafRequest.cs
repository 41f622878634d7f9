using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.TestKit.Certificates;

/// <summary>What stands in a leaf. The defaults are those of Consul; each member makes it differ.</summary>
public sealed record LeafRequest
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public string Service { get; init; } = "web";

    public string Datacenter { get; init; } = "dc1";

    /// <summary>The trust domain of the identity; null = that of the authority.</summary>
    public string? TrustDomain { get; init; }

    /// <summary>The URIs among the alternative names, exactly as they are; null = the SPIFFE ID of the service.</summary>
    public IReadOnlyList<string>? Uris { get; init; }

    /// <summary>The DNS names among the alternative names.</summary>
    public IReadOnlyList<string> DnsNames { get; init; } = [];

    /// <summary>The bytes of the alternative names in place of all that; null = none.</summary>
    public byte[]? RawAlternativeNames { get; init; }

    /// <summary>From when it is valid; null = a minute ago.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Until when; null = in three days.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The extended key usages; null = the extension is missing.</summary>
    public IReadOnlyList<string>? Usages { get; init; } = [ClientAuthentication, ServerAuthentication];

    /// <summary>The key usages; null = those of a leaf.</summary>
    public X509KeyUsageFlags? KeyUsages { get; init; }

    /// <summary>Whether its basic constraints say that it is an authority.</summary>
    public bool IsAuthority { get; init; }

    /// <summary>How many bytes of ballast it carries in an extension of no meaning.</summary>
    public int Ballast { get; init; }

    /// <summary>More extensions.</summary>
    public IReadOnlyList<X509Extension> Extensions { get; init; } = [];

    internal CertificateRequest Build(ECDsa key, string trustDomain)
    {
        var request = new CertificateRequest($"CN={Service}.svc.default.consul", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            KeyUsages ?? (X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment | X509KeyUsageFlags.KeyAgreement),
            critical: true));
        if (Usages is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Usages.Select(u => new Oid(u))], critical: false));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(IsAuthority, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var uris = Uris ?? [$"spiffe://{TrustDomain ?? trustDomain}/ns/default/dc/{Datacenter}/svc/{Service}"];
        if (RawAlternativeNames is not null)
            request.CertificateExtensions.Add(AlternativeNames.Raw(RawAlternativeNames));
        else if (uris.Count + DnsNames.Count > 0)
            request.CertificateExtensions.Add(AlternativeNames.Of(uris, DnsNames));
        if (Ballast > 0)
            request.CertificateExtensions.Add(new X509Extension("1.3.6.1.4.1.99999.1", new byte[Ballast], critical: false));
        foreach (var extension in Extensions)
            request.CertificateExtensions.Add(extension);
        return request;
    }
}
