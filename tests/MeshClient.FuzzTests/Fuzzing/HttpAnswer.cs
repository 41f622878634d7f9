using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace MeshClient.FuzzTests.Fuzzing;

/// <summary>An answer as its head and its body, to change one and keep the other readable.</summary>
internal static class HttpAnswer
{
    public static (byte[] Head, byte[] Body) Split(byte[] answer)
    {
        var end = answer.AsSpan().IndexOf("\n\n"u8);
        return end < 0 ? (answer, []) : (answer[..end], answer[(end + 2)..]);
    }

    /// <summary>Joins them again by a length that is right, in chunks or compressed.</summary>
    public static byte[] Join(byte[] head, byte[] body, Framing framing)
    {
        var kept = Encoding.Latin1.GetString(head).Split('\n').Where(line => !line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var (more, framed) = framing switch
        {
            Framing.Chunked => ("Transfer-Encoding: chunked\n", Chunked(body)),
            Framing.Compressed => ("Content-Encoding: gzip\n", Compressed(body)),
            _ => ("", body),
        };
        var length = framing == Framing.Chunked ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {framed.Length}\n");
        return [.. Encoding.Latin1.GetBytes($"{string.Join('\n', kept)}\n{more}{length}\n"), .. framed];
    }

    /// <summary>The size of an answer with its body decompressed, up to a limit.</summary>
    public static long Size(byte[] answer, int limit)
    {
        var body = Split(answer).Body;
        if (!body.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return answer.Length;
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        try
        {
            return answer.Length + gzip.ReadAtLeast(new byte[limit], limit, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            return answer.Length + limit;
        }
    }

    public static byte[] Compressed(byte[] body)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Fastest))
            gzip.Write(body);
        return result.ToArray();
    }

    private static byte[] Chunked(byte[] body)
    {
        using var result = new MemoryStream();
        foreach (var chunk in body.Chunk(1000))
        {
            result.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
            result.Write(chunk);
            result.Write("\r\n"u8);
        }
        result.Write("0\r\n\r\n"u8);
        return result.ToArray();
    }
}

/// <summary>How a body's end is told.</summary>
internal enum Framing
{
    Length,
    Chunked,
    Compressed,
}
