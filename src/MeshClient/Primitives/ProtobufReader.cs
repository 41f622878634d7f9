using System.Buffers.Binary;

namespace MeshClient.Primitives;

/// <summary>Reads the fields of a message of Protocol Buffers one by one. What is not well-formed ends it.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Whether all that was read was well-formed.</summary>
    public bool IsValid { get; private set; } = true;

    /// <summary>Goes to the next field; false = there is none, or it is broken.</summary>
    public bool TryNext(out ProtobufField field)
    {
        field = default;
        if (!IsValid || _rest.IsEmpty)
            return false;
        IsValid = TryRead(out field);
        return IsValid;
    }

    private bool TryRead(out ProtobufField field)
    {
        field = default;
        if (!TryVarint(out var tag) || tag > uint.MaxValue || tag >> 3 == 0)
            return false;
        var (number, type) = ((uint)tag >> 3, (uint)tag & 7);
        switch (type)
        {
            case WireType.Varint:
                if (!TryVarint(out var value))
                    return false;
                field = new(number, type, value, default);
                return true;
            case WireType.Fixed64:
                if (!TryTake(sizeof(ulong), out var eight))
                    return false;
                field = new(number, type, BinaryPrimitives.ReadUInt64LittleEndian(eight), default);
                return true;
            case WireType.Length:
                if (!TryVarint(out var length) || !TryTake(length, out var bytes))
                    return false;
                field = new(number, type, 0, bytes);
                return true;
            case WireType.Fixed32:
                if (!TryTake(sizeof(uint), out var four))
                    return false;
                field = new(number, type, BinaryPrimitives.ReadUInt32LittleEndian(four), default);
                return true;
            default:
                // Groups: no version of these messages has any.
                return false;
        }
    }

    private bool TryTake(ulong length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (length > (uint)_rest.Length)
            return false;
        bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] >= 0x80)
                continue;
            _rest = _rest[(i + 1)..];
            return true;
        }
        return false;
    }
}

/// <summary>A field of a message.</summary>
/// <param name="number">Its number.</param>
/// <param name="type">How it is written.</param>
/// <param name="bits">The value, where it is a number.</param>
/// <param name="bytes">The value, where it is a text or a message.</param>
internal readonly ref struct ProtobufField(uint number, uint type, ulong bits, ReadOnlySpan<byte> bytes)
{
    public uint Number { get; } = number;

    public uint Type { get; } = type;

    public ulong Bits { get; } = bits;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}
