using System.Net.Http.Headers;

namespace MeshClient.LoadReports;

/// <summary>The header of an answer, or the trailer of a gRPC call, in which a server says how it is loaded.</summary>
internal static class LoadReportHeader
{
    /// <summary>Its name, the same for HTTP and for gRPC: an <c>OrcaLoadReport</c> in base64, with or without padding.</summary>
    public const string Name = "endpoint-load-metrics-bin";

    // Servers send no longer headers by default.
    private const int Longest = 8192;

    private const int Usual = 1024;

    /// <summary>Reads the report among headers or trailers.</summary>
    /// <returns>False = there is none that can be read.</returns>
    public static bool TryRead(HttpResponseHeaders headers, out LoadFigures figures)
    {
        figures = default;
        return headers.NonValidated.TryGetValues(Name, out var values) && values.Count == 1 && TryParse(values.ToString(), out figures);
    }

    /// <summary>Reads the text of one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LoadFigures figures)
    {
        figures = default;
        text = text.Trim().TrimEnd('=');
        if (text.Length is 0 or > Longest)
            return false;
        var padded = (text.Length + 3) / 4 * 4;
        Span<char> chars = padded <= Usual ? stackalloc char[Usual] : new char[padded];
        text.CopyTo(chars);
        chars[text.Length..padded].Fill('=');
        Span<byte> bytes = padded <= Usual ? stackalloc byte[Usual / 4 * 3] : new byte[padded / 4 * 3];
        return Convert.TryFromBase64Chars(chars[..padded], bytes, out var length) && LoadFigures.TryRead(bytes[..length], out figures);
    }
}
