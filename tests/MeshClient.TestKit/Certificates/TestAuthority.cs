using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.TestKit.Certificates;

/// <summary>A certificate authority of one test, as Consul's own: P-256, roots and intermediates that name their trust domain by a URI.</summary>
public sealed class TestAuthority
{
    public const string DefaultTrustDomain = "11111111-2222-3333-4444-555555555555.consul";

    private static readonly TimeSpan s_backdated = TimeSpan.FromMinutes(1);
    private static int s_number;

    private readonly ECDsa _key;
    private readonly TimeProvider _time;

    private TestAuthority(string trustDomain, ECDsa key, X509Certificate2 certificate, TestAuthority? issuer, TimeProvider time)
    {
        TrustDomain = trustDomain;
        Certificate = certificate;
        Issuer = issuer;
        _key = key;
        _time = time;
    }

    public string TrustDomain { get; }

    /// <summary>Its certificate, without the key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Who signed it; null = itself.</summary>
    public TestAuthority? Issuer { get; }

    public string Pem => Certificate.ExportCertificatePem() + "\n";

    /// <summary>A root of its own.</summary>
    /// <param name="trustDomain">The trust domain of what it signs, unless a request says otherwise.</param>
    /// <param name="time">The clock that validity counts from; null = the system's.</param>
    /// <param name="notBefore">From when it is valid; null = a day ago.</param>
    /// <param name="notAfter">Until when; null = for ten years.</param>
    public static TestAuthority Root(
        string trustDomain = DefaultTrustDomain, TimeProvider? time = null, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        var clock = time ?? TimeProvider.System;
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(key, trustDomain, $"CN=pri-{Interlocked.Increment(ref s_number)}.consul.ca.consul");
        var certificate = Sign(request, request.SubjectName, key, request, notBefore ?? clock.GetUtcNow().AddDays(-1), notAfter ?? clock.GetUtcNow().AddDays(3650));
        return new TestAuthority(trustDomain, key, certificate, null, clock);
    }

    /// <summary>An intermediate with a key of its own, signed by this authority.</summary>
    /// <param name="notAfter">Until when it is valid; null = for a year.</param>
    public TestAuthority Intermediate(DateTimeOffset? notAfter = null)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(key, TrustDomain, $"CN=sec-{Interlocked.Increment(ref s_number)}.consul.ca.consul");
        return new TestAuthority(TrustDomain, key, SignAuthority(request, notAfter), this, _time);
    }

    /// <summary>Signs another root's name and key, as Consul's old root does for the new one in a rotation: an intermediate to send with the leaf.</summary>
    public X509Certificate2 CrossSign(TestAuthority other) => SignAuthority(Request(other._key, other.TrustDomain, other.Certificate.SubjectName.Name));

    /// <summary>Signs a leaf as Consul would for a service.</summary>
    public TestLeaf Issue(string service) => Issue(new LeafRequest { Service = service });

    /// <summary>Signs whatever is asked for, right or wrong.</summary>
    public TestLeaf Issue(LeafRequest leaf)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = leaf.Build(key, TrustDomain);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        var now = _time.GetUtcNow();
        var certificate = Sign(request, Certificate.SubjectName, _key, null, leaf.NotBefore ?? now - s_backdated, leaf.NotAfter ?? now.AddDays(3));
        return new TestLeaf(certificate.CopyWithPrivateKey(key), key.ExportECPrivateKeyPem(), [.. Above()]);
    }

    /// <summary>A leaf that nobody but itself stands behind.</summary>
    public TestLeaf SelfSigned(LeafRequest leaf)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = leaf.Build(key, TrustDomain);
        var now = _time.GetUtcNow();
        var certificate = Sign(request, request.SubjectName, key, null, leaf.NotBefore ?? now - s_backdated, leaf.NotAfter ?? now.AddDays(3));
        return new TestLeaf(certificate.CopyWithPrivateKey(key), key.ExportECPrivateKeyPem(), []);
    }

    // Itself and the intermediates above, without the root.
    private IEnumerable<X509Certificate2> Above()
    {
        for (var authority = this; authority.Issuer is not null; authority = authority.Issuer)
            yield return authority.Certificate;
    }

    private X509Certificate2 SignAuthority(CertificateRequest request, DateTimeOffset? notAfter = null)
    {
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        return Sign(request, Certificate.SubjectName, _key, null, _time.GetUtcNow() - s_backdated, notAfter ?? _time.GetUtcNow().AddDays(365));
    }

    private static CertificateRequest Request(ECDsa key, string trustDomain, string subject)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(AlternativeNames.Of([$"spiffe://{trustDomain}"], []));
        return request;
    }

    private static X509Certificate2 Sign(
        CertificateRequest request, X500DistinguishedName issuer, ECDsa key, CertificateRequest? self, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (self is not null)
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(
                request.CertificateExtensions.OfType<X509SubjectKeyIdentifierExtension>().Single()));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        return request.Create(issuer, X509SignatureGenerator.CreateForECDsa(key), notBefore, notAfter, serial);
    }
}
