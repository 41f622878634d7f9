using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.TestKit.Certificates;

/// <summary>Subject alternative names, written as they are given: the platform's builder takes a <see cref="Uri"/>, which mends what it is given.</summary>
public static class AlternativeNames
{
    private static readonly Asn1Tag s_dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);

    public static X509Extension Of(IEnumerable<string> uris, IEnumerable<string> dnsNames)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (var uri in uris)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, s_uri);
            foreach (var name in dnsNames)
                writer.WriteCharacterString(UniversalTagNumber.IA5String, name, s_dns);
        }
        return Raw(writer.Encode());
    }

    public static X509Extension Raw(byte[] bytes) => new("2.5.29.17", bytes, critical: false);
}
