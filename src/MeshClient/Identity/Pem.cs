using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Identity;

/// <summary>Reads certificates from PEM texts, all or nothing: the platform skips a block that is cut off, and with it an intermediate.</summary>
internal static class Pem
{
    private const string Begin = "-----BEGIN ";

    /// <summary>A whole trust store has some 300 KB.</summary>
    private const int Longest = 1 << 20;

    /// <summary>The certificates of a text, in its order; blocks of other kinds may stand between them.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="CryptographicException">There is none, a block is not whole, or there is far too much; the message holds nothing of the text.</exception>
    public static X509Certificate2Collection Certificates(string text)
    {
        if (text.Length > Longest)
            throw new CryptographicException($"Expected at most {Longest >> 20} MiB of certificates, found {text.Length / (double)(1 << 20):0.#} MiB.");
        var whole = 0;
        var expected = 0;
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            whole++;
            if (rest[fields.Label] is "CERTIFICATE")
                expected++;
        }
        if (whole != text.AsSpan().Count(Begin))
            throw new CryptographicException("Expected whole PEM blocks, found one that is cut off or malformed.");
        var found = new X509Certificate2Collection();
        found.ImportFromPem(text);
        if (found.Count == 0 || found.Count != expected)
            throw new CryptographicException($"Expected certificates in PEM form, found {(found.Count == 0 ? "none" : $"{found.Count} of {expected}")}.");
        return found;
    }

    /// <summary>Whether two rows hold the same certificates, byte by byte: the platform's own comparison looks at issuer and number only.</summary>
    public static bool AreSame(IReadOnlyList<X509Certificate2> a, IReadOnlyList<X509Certificate2> b) =>
        a.Count == b.Count && a.Zip(b).All(pair => pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));
}
