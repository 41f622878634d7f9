using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MeshClient.DevRegistry.Tests.Kit;

/// <summary>Reads what an authority answered, with nothing of the product in between.</summary>
internal static class IssuedCertificates
{
    /// <summary>All certificates of a PEM text, in its order.</summary>
    public static X509Certificate2Collection Read(string pem)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates;
    }

    /// <summary>The first certificate of a property.</summary>
    public static X509Certificate2 First(JsonElement element, string property) => Read(element.GetProperty(property).GetString()!)[0];

    /// <summary>The names of the subject alternative name extension, each with the number of its kind: 6 is a URI.</summary>
    public static List<(int Kind, string Text)> AlternativeNames(X509Certificate2 certificate)
    {
        var extension = certificate.Extensions.Single(static extension => extension.Oid!.Value == "2.5.29.17");
        var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        var found = new List<(int, string)>();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            found.Add((tag.TagValue, names.ReadCharacterString(UniversalTagNumber.IA5String, tag)));
        }
        return found;
    }

    /// <summary>Whether the first certificate, with the others as intermediates, leads to the root alone.</summary>
    public static bool LeadsTo(X509Certificate2Collection sent, X509Certificate2 root, DateTimeOffset? now = null)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        if (now is not null)
        {
            chain.ChainPolicy.VerificationTime = now.Value.UtcDateTime;
        }
        return chain.Build(sent[0]);
    }

    public static string Hex(byte[] bytes) => string.Join(':', bytes.Select(static b => b.ToString("x2")));

    public static string KeyId(X509Certificate2 certificate) => Hex(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    public static string SubjectKeyId(X509Certificate2 certificate) =>
        Hex(certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.ToArray());

    public static string AuthorityKeyId(X509Certificate2 certificate) =>
        Hex(certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.ToArray());

    public static X509KeyUsageFlags Usage(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages;

    public static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single() is { Critical: true, CertificateAuthority: true };
}
