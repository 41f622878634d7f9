using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using MeshClient.Primitives;

namespace MeshClient.LoadReports;

/// <summary>Writes reports as they go over the wire: <c>xds.data.orca.v3.OrcaLoadReport</c> in Protocol Buffers, by hand since it is one message of nine fields.</summary>
internal static class LoadReportWriter
{
    /// <summary>The length of what stands before a message of gRPC: not compressed, and the length.</summary>
    public const int PrefixLength = 5;

    /// <summary>The report as a message of gRPC, its prefix included.</summary>
    public static byte[] Message(LoadReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Advance(buffer.GetSpan(PrefixLength)[..PrefixLength].Length);
        Write(buffer, report);
        var message = buffer.WrittenSpan.ToArray();
        message[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), message.Length - PrefixLength);
        return message;
    }

    /// <summary>The text of a header or trailer: base64 without padding, as gRPC has it for names that end in <c>-bin</c>.</summary>
    /// <param name="message">A message with its prefix.</param>
    public static string Header(ReadOnlySpan<byte> message) => Convert.ToBase64String(message[PrefixLength..]).TrimEnd('=');

    private static void Write(ArrayBufferWriter<byte> buffer, LoadReport report)
    {
        Double(buffer, 1, report.CpuUtilization);
        Double(buffer, 2, report.MemoryUtilization);
        Map(buffer, 4, report.RequestCost);
        Map(buffer, 5, report.Utilization);
        Double(buffer, 6, report.RequestsPerSecond);
        Double(buffer, 7, report.ErrorsPerSecond);
        Map(buffer, 8, report.NamedMetrics);
        Double(buffer, 9, report.ApplicationUtilization);
    }

    // A field that has its default is left out, as in all of proto3.
    private static void Double(ArrayBufferWriter<byte> buffer, uint field, double value)
    {
        if (value != 0)
            Fixed64(buffer, field, value);
    }

    private static void Map(ArrayBufferWriter<byte> buffer, uint field, IReadOnlyDictionary<string, double> entries)
    {
        foreach (var (name, value) in entries)
        {
            var length = Encoding.UTF8.GetByteCount(name);
            Varint(buffer, (field << 3) | WireType.Length);
            Varint(buffer, (uint)(1 + VarintLength((uint)length) + length + 1 + sizeof(double)));
            Varint(buffer, (1 << 3) | WireType.Length);
            Varint(buffer, (uint)length);
            Encoding.UTF8.GetBytes(name, buffer);
            Fixed64(buffer, 2, value);
        }
    }

    private static void Fixed64(ArrayBufferWriter<byte> buffer, uint field, double value)
    {
        Varint(buffer, (field << 3) | WireType.Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.GetSpan(sizeof(double)), value);
        buffer.Advance(sizeof(double));
    }

    private static void Varint(ArrayBufferWriter<byte> buffer, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte(buffer, (byte)(value | 0x80));
        Byte(buffer, (byte)value);
    }

    private static void Byte(ArrayBufferWriter<byte> buffer, byte value)
    {
        buffer.GetSpan(1)[0] = value;
        buffer.Advance(1);
    }

    private static int VarintLength(uint value)
    {
        var length = 1;
        for (; value >= 0x80; value >>= 7)
            length++;
        return length;
    }
}
