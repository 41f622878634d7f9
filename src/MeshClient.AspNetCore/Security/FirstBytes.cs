using System.Buffers;
using System.IO.Pipelines;

namespace MeshClient.AspNetCore.Security;

/// <summary>What a connection opens with.</summary>
internal enum Opening
{
    /// <summary>The peer has closed it before it sent anything.</summary>
    Nothing,

    /// <summary>A TLS handshake.</summary>
    Tls,

    /// <summary>A letter, as each request in plain text does.</summary>
    Plain,

    /// <summary>Neither.</summary>
    Unknown,
}

/// <summary>Looks at the first bytes and takes none away.</summary>
internal static class FirstBytes
{
    private const byte TlsHandshake = 0x16;

    private static ReadOnlySpan<byte> Http2Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public static async ValueTask<Opening> ReadOpeningAsync(PipeReader input, CancellationToken cancellationToken)
    {
        var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
        var opening = result.Buffer.IsEmpty ? Opening.Nothing : result.Buffer.FirstSpan[0] switch
        {
            TlsHandshake => Opening.Tls,
            >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' => Opening.Plain,
            _ => Opening.Unknown,
        };
        input.AdvanceTo(result.Buffer.Start);
        return opening;
    }

    /// <summary>Waits until the bytes differ from HTTP/2's preface, or are it.</summary>
    public static async ValueTask<bool> IsHttp2Async(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var isPrefix = IsPrefix(result.Buffer);
            var decided = !isPrefix || result.Buffer.Length >= Http2Preface.Length || result.IsCompleted;
            input.AdvanceTo(result.Buffer.Start, decided ? result.Buffer.Start : result.Buffer.End);
            if (decided)
                return isPrefix && result.Buffer.Length >= Http2Preface.Length;
        }
    }

    private static bool IsPrefix(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(buffer.Length, Http2Preface.Length)];
        buffer.Slice(0, start.Length).CopyTo(start);
        return Http2Preface.StartsWith(start);
    }
}
