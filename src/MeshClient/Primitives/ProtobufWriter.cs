using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace MeshClient.Primitives;

/// <summary>Writes the fields of a message of Protocol Buffers. A number that has its default, zero, is left out, as in all of proto3.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Begins a message anew.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>A whole number that is not negative.</summary>
    public void Integer(uint field, ulong value)
    {
        if (value == 0)
            return;
        Tag(field, WireType.Varint);
        Varint(value);
    }

    /// <summary>A number.</summary>
    public void Double(uint field, double value)
    {
        if (value == 0)
            return;
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.GetSpan(sizeof(double)), value);
        _buffer.Advance(sizeof(double));
    }

    /// <summary>A text.</summary>
    public void Text(uint field, string value)
    {
        Tag(field, WireType.Length);
        Varint((uint)Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, _buffer);
    }

    /// <summary>A message within this one.</summary>
    public void Message(uint field, ReadOnlySpan<byte> message)
    {
        Tag(field, WireType.Length);
        Varint((uint)message.Length);
        _buffer.Write(message);
    }

    private void Tag(uint field, uint type) => Varint((field << 3) | type);

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    private void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }
}
