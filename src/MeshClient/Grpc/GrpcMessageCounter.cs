using System.Buffers;
using System.Buffers.Binary;

namespace MeshClient.Grpc;

/// <summary>Counts the messages that go over one stream: each is a flag, its length in four bytes and its body (gRPC over HTTP/2, "Length-Prefixed-Message").</summary>
internal sealed class GrpcMessageCounter
{
    private readonly byte[] _prefix = new byte[GrpcStream.PrefixLength];
    private int _prefixRead;
    private long _left;
    private int _count;

    /// <summary>The messages that have come whole.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes in the next bytes of the stream, wherever they are cut.</summary>
    /// <returns>How many messages are whole by them.</returns>
    public int Observe(in ReadOnlySequence<byte> bytes)
    {
        var messages = 0;
        foreach (var part in bytes)
            messages += Observe(part.Span);
        return messages;
    }

    /// <summary>Takes in the next bytes of the stream, wherever they are cut.</summary>
    /// <returns>How many messages are whole by them.</returns>
    public int Observe(ReadOnlySpan<byte> bytes)
    {
        var before = _count;
        while (!bytes.IsEmpty)
        {
            if (_prefixRead < GrpcStream.PrefixLength)
            {
                var part = bytes[..Math.Min(GrpcStream.PrefixLength - _prefixRead, bytes.Length)];
                part.CopyTo(_prefix.AsSpan(_prefixRead));
                _prefixRead += part.Length;
                bytes = bytes[part.Length..];
                if (_prefixRead < GrpcStream.PrefixLength)
                    break;
                _left = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
            }
            var body = (int)Math.Min(_left, bytes.Length);
            _left -= body;
            bytes = bytes[body..];
            if (_left > 0)
                break;
            _prefixRead = 0;
            Volatile.Write(ref _count, _count + 1);
        }
        return _count - before;
    }
}
