using System.Numerics;
using System.Text;
using MeshClient.Grpc;
using MeshClient.Primitives;

namespace MeshClient.LoadReports;

/// <summary>Writes reports as they go over the wire: <c>xds.data.orca.v3.OrcaLoadReport</c> in Protocol Buffers, by hand since it is one message of nine fields.</summary>
internal static class LoadReportWriter
{
    /// <summary>The report as a message of gRPC, its prefix included.</summary>
    public static byte[] Message(LoadReport report)
    {
        var message = new ProtobufWriter();
        message.Double(1, report.CpuUtilization);
        message.Double(2, report.MemoryUtilization);
        Map(message, 4, report.RequestCost);
        Map(message, 5, report.Utilization);
        message.Double(6, report.RequestsPerSecond);
        message.Double(7, report.ErrorsPerSecond);
        Map(message, 8, report.NamedMetrics);
        message.Double(9, report.ApplicationUtilization);
        return GrpcStream.Frame(message.Written);
    }

    /// <summary>How many bytes the report takes, without the prefix of a message.</summary>
    public static int Length(LoadReport report) =>
        Length(report.CpuUtilization) + Length(report.MemoryUtilization) + Length(report.RequestsPerSecond) + Length(report.ErrorsPerSecond) + Length(report.ApplicationUtilization)
        + Length(report.RequestCost) + Length(report.Utilization) + Length(report.NamedMetrics);

    /// <summary>The text of a header or trailer: base64 without padding, as gRPC has it for names that end in <c>-bin</c>.</summary>
    /// <param name="message">A message with its prefix.</param>
    public static string Header(ReadOnlySpan<byte> message) => Convert.ToBase64String(message[GrpcStream.PrefixLength..]).TrimEnd('=');

    private static void Map(ProtobufWriter message, uint field, IReadOnlyDictionary<string, double> entries)
    {
        if (entries.Count == 0)
            return;
        var entry = new ProtobufWriter();
        foreach (var (name, value) in entries)
        {
            entry.Clear();
            entry.Text(1, name);
            entry.Double(2, value);
            message.Message(field, entry.Written);
        }
    }

    private static int Length(double value) => value == 0 ? 0 : 1 + sizeof(double);

    private static int Length(IReadOnlyDictionary<string, double> entries)
    {
        var length = 0;
        foreach (var (name, value) in entries)
            length += WithTag(WithTag(Encoding.UTF8.GetByteCount(name)) + Length(value));
        return length;
    }

    // The tag of the field, how long it is, seven bits to a byte, and the field.
    private static int WithTag(int length) => 1 + (BitOperations.Log2((uint)length | 1) / 7) + 1 + length;
}
