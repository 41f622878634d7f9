using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.DevRegistry.Authority;

/// <summary>Makes certificates of the shape that Consul's built-in authority gives them. Pure but for the keys.</summary>
internal static class Certificates
{
    private const X509KeyUsageFlags AuthorityUsage =
        X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;

    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    public static X509Certificate2 Root(ECDsa key, string name, string id, Validity validity, ulong serial)
    {
        var request = Request(key, name, AuthorityUsage, isAuthority: true);
        return Sign(request, key, key, request.SubjectName, id, validity, serial);
    }

    /// <summary>The new root's key under the signature of the old one: whoever trusts only the old root can follow.</summary>
    public static X509Certificate2 Cross(ECDsa key, string name, RootAuthority issuer, string id, Validity validity, ulong serial) =>
        Sign(Request(key, name, AuthorityUsage, isAuthority: true), key, issuer.Key, issuer.Certificate.SubjectName, id, validity, serial);

    public static X509Certificate2 Leaf(ECDsa key, string name, RootAuthority issuer, string id, Validity validity, ulong serial)
    {
        var request = Request(
            key,
            name,
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment | X509KeyUsageFlags.DataEncipherment
                | X509KeyUsageFlags.KeyAgreement,
            isAuthority: false);
        return Sign(request, key, issuer.Key, issuer.Certificate.SubjectName, id, validity, serial);
    }

    /// <summary>The SHA-256 of a public key: what subject and authority key identifiers hold.</summary>
    public static byte[] KeyId(ECDsa key) => SHA256.HashData(key.ExportSubjectPublicKeyInfo());

    public static string Pem(X509Certificate2 certificate) => certificate.ExportCertificatePem() + "\n";

    /// <summary>Pairs of hexadecimal digits with colons between them.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) =>
        string.Join(':', Convert.ToHexStringLower(bytes).Chunk(2).Select(static pair => new string(pair)));

    /// <summary>A number as such pairs, with no leading zeros but the one that completes a pair.</summary>
    public static string Hex(ulong number) => Hex(SerialBytes(number));

    private static CertificateRequest Request(ECDsa key, string name, X509KeyUsageFlags usage, bool isAuthority)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        if (!isAuthority)
        {
            request.CertificateExtensions.Add(
                new X509EnhancedKeyUsageExtension([ClientAuthentication, ServerAuthentication], critical: false));
        }
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        return request;
    }

    private static X509Certificate2 Sign(
        CertificateRequest request,
        ECDsa subject,
        ECDsa issuer,
        X500DistinguishedName issuerName,
        string id,
        Validity validity,
        ulong serial)
    {
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(KeyId(subject), critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(KeyId(issuer)));
        request.CertificateExtensions.Add(AlternativeName(id));
        return request.Create(
            issuerName, X509SignatureGenerator.CreateForECDsa(issuer), validity.NotBefore, validity.NotAfter, SerialBytes(serial));
    }

    // By hand: the framework's builder takes a Uri, which adds a slash to the authority's own ID.
    private static X509Extension AlternativeName(string id)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, id, new Asn1Tag(TagClass.ContextSpecific, 6));
        }
        return new X509Extension("2.5.29.17", writer.Encode(), critical: false);
    }

    private static byte[] SerialBytes(ulong serial)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, serial);
        return bytes.TrimStart((byte)0).ToArray();
    }
}
