using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>The server's end of an HTTP/2 connection in plain text, frame by frame (RFC 9113), for what no web server would send.</summary>
internal sealed class Http2Connection(Socket socket)
{
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, Continuation = 9;
    private const byte EndStream = 1, Ack = 1, EndHeaders = 4;
    private const int Preface = 24, MaxFrame = 16384;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Takes the client's greeting and gives its own.</summary>
    /// <param name="maxStreams">How many streams it allows at a time; null = it does not say.</param>
    public async Task OpenAsync(int? maxStreams = null)
    {
        await _stream.ReadExactlyAsync(new byte[Preface]);
        var settings = new byte[maxStreams is null ? 0 : 6];
        if (maxStreams is { } limit)
        {
            BinaryPrimitives.WriteUInt16BigEndian(settings, 3);
            BinaryPrimitives.WriteUInt32BigEndian(settings.AsSpan(2), (uint)limit);
        }
        await SendAsync(Settings, 0, 0, settings);
    }

    /// <summary>The stream of the next request that has come whole; null = the client went.</summary>
    public Task<int?> NextRequestAsync() => NextAsync(static (type, flags, _) => type is Headers or Data && (flags & EndStream) != 0);

    /// <summary>The stream whose request has sent the next part of its body; null = the client went.</summary>
    public Task<int?> NextDataAsync() => NextAsync(static (type, _, length) => type is Data && length > 0);

    private async Task<int?> NextAsync(Func<byte, byte, int, bool> isWanted)
    {
        var head = new byte[9];
        try
        {
            while (true)
            {
                await _stream.ReadExactlyAsync(head);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await _stream.ReadExactlyAsync(payload);
                var (type, flags) = (head[3], head[4]);
                if (type is Settings or Ping && (flags & Ack) == 0)
                    await SendAsync(type, Ack, 0, type == Ping ? payload : []);
                else if (isWanted(type, flags, payload.Length))
                    return BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5));
            }
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Sends a block of fields, in as many frames as it takes.</summary>
    public async Task HeadersAsync(int stream, bool ends, params (string Name, string Value)[] fields)
    {
        var block = Block(fields);
        for (var at = 0; at == 0 || at < block.Length; at += MaxFrame)
        {
            var flags = (at == 0 && ends ? EndStream : 0) | (at + MaxFrame >= block.Length ? EndHeaders : 0);
            await SendAsync(at == 0 ? Headers : Continuation, (byte)flags, stream, block[at..Math.Min(block.Length, at + MaxFrame)]);
        }
    }

    public Task DataAsync(int stream, byte[] bytes, bool ends = false) => SendAsync(Data, ends ? EndStream : (byte)0, stream, bytes);

    public Task ResetAsync(int stream, int code)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(payload, code);
        return SendAsync(Reset, 0, stream, payload);
    }

    /// <summary>Says that it goes, and which stream is the last that it works on.</summary>
    public Task GoAwayAsync(int lastStream, int code = 0)
    {
        var payload = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload, lastStream);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), code);
        return SendAsync(GoAway, 0, 0, payload);
    }

    public void Close() => socket.Dispose();

    // Literal fields without indexing or Huffman code (RFC 7541, 6.2.2).
    private static byte[] Block((string Name, string Value)[] fields)
    {
        var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            foreach (var text in (string[])[name, value])
            {
                block.WriteByte((byte)Math.Min(text.Length, 127));
                var rest = text.Length - 127;
                for (; rest >= 128; rest >>= 7)
                    block.WriteByte((byte)(rest | 128));
                if (rest >= 0)
                    block.WriteByte((byte)rest);
                block.Write(Encoding.ASCII.GetBytes(text));
            }
        }
        return block.ToArray();
    }

    private async Task SendAsync(byte type, byte flags, int stream, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await _turn.WaitAsync();
        try
        {
            await _stream.WriteAsync(frame);
        }
        finally
        {
            _turn.Release();
        }
    }
}
