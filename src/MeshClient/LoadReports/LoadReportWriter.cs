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
}
