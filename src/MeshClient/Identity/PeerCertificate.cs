using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>Reads who a certificate says its bearer is: by exactly one URI among its alternative names, and by nothing else.</summary>
internal static class PeerCertificate
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);

    /// <summary>Reads the identity of a certificate, trusted or not.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="id">The identity; null unless the verdict is <see cref="PeerVerdict.Accepted"/>.</param>
    /// <param name="detail">What was expected and what was found; empty when accepted.</param>
    public static PeerVerdict ReadIdentity(X509Certificate2 certificate, out SpiffeId? id, out string detail)
    {
        id = null;
        List<string> uris;
        try
        {
            uris = Uris(certificate);
        }
        catch (AsnContentException error)
        {
            detail = $"Expected a readable list of alternative names, found one that is not: {error.Message}";
            return PeerVerdict.MalformedIdentity;
        }
        if (uris.Count == 0)
        {
            detail = $"Expected one URI among the alternative names of \"{Printable.Of(certificate.Subject)}\", found none.";
            return PeerVerdict.NoIdentity;
        }
        if (uris.Count > 1)
        {
            detail = $"Expected one URI among the alternative names of \"{Printable.Of(certificate.Subject)}\", found {uris.Count}.";
            return PeerVerdict.SeveralIdentities;
        }
        return SpiffeId.TryParse(uris[0], out id, out detail) ? PeerVerdict.Accepted : PeerVerdict.MalformedIdentity;
    }

    private static List<string> Uris(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value != SubjectAlternativeName)
                continue;
            var whole = new AsnReader(extension.RawData, AsnEncodingRules.DER);
            var names = whole.ReadSequence();
            whole.ThrowIfNotEmpty();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(s_uri))
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, s_uri));
                else
                    names.ReadEncodedValue();
            }
        }
        return uris;
    }
}
