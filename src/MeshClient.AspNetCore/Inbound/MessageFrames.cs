using System.Buffers;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>Counts the messages of one direction of a gRPC call by their prefixes: a flag and four bytes of length, however the bytes are cut.</summary>
internal struct MessageFrames
{
    private const int PrefixLength = 5;

    private int _prefix;
    private uint _length;
    private uint _left;

    /// <summary>Takes the next bytes.</summary>
    /// <returns>How many messages end their prefix in them.</returns>
    public int Read(ReadOnlySpan<byte> bytes)
    {
        var messages = 0;
        while (!bytes.IsEmpty)
        {
            if (_left > 0)
            {
                var skipped = (int)Math.Min(_left, (uint)bytes.Length);
                _left -= (uint)skipped;
                bytes = bytes[skipped..];
                continue;
            }
            // The first byte, which is the flag, is shifted out by the four of the length.
            _length = (_length << 8) | bytes[0];
            bytes = bytes[1..];
            if (++_prefix < PrefixLength)
                continue;
            messages++;
            (_left, _length, _prefix) = (_length, 0, 0);
        }
        return messages;
    }

    /// <summary>Takes the next bytes.</summary>
    /// <returns>How many messages end their prefix in them.</returns>
    public int Read(in ReadOnlySequence<byte> bytes)
    {
        var messages = 0;
        foreach (var part in bytes)
            messages += Read(part.Span);
        return messages;
    }
}
