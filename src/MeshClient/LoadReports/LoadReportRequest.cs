using MeshClient.Grpc;
using MeshClient.Primitives;

namespace MeshClient.LoadReports;

/// <summary>Asks a server to stream its load (<c>xds.service.orca.v3.OrcaLoadReportRequest</c>).</summary>
internal static class LoadReportRequest
{
    /// <summary>The longest interval that is taken for what it says.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>The method, <c>StreamCoreMetrics</c>.</summary>
    public const string Path = "/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics";

    /// <summary>Asks for a report at an interval: the message with its length before it.</summary>
    public static byte[] Message(TimeSpan interval)
    {
        var duration = new ProtobufWriter();
        duration.Integer(1, (ulong)interval.Ticks / TimeSpan.TicksPerSecond);
        duration.Integer(2, (ulong)interval.Ticks % TimeSpan.TicksPerSecond * 100);
        var message = new ProtobufWriter();
        message.Message(1, duration.Written);
        return GrpcStream.Frame(message.Written);
    }

    /// <summary>Reads the interval; zero = the request leaves it to the server.</summary>
    /// <returns>False = the message is not well-formed, or the interval is negative.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out TimeSpan interval)
    {
        interval = default;
        var reader = new ProtobufReader(message);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: 1, Type: WireType.Length } && !TryReadDuration(field.Bytes, out interval))
                return false;
        }
        return reader.IsValid;
    }

    // A google.protobuf.Duration: seconds and nanoseconds.
    private static bool TryReadDuration(ReadOnlySpan<byte> message, out TimeSpan duration)
    {
        var (seconds, nanoseconds) = (0L, 0);
        var reader = new ProtobufReader(message);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: 1, Type: WireType.Varint })
                seconds = (long)field.Bits;
            else if (field is { Number: 2, Type: WireType.Varint })
                nanoseconds = (int)field.Bits;
        }
        duration = seconds >= (long)Longest.TotalSeconds ? Longest : TimeSpan.FromTicks((Math.Max(0, seconds) * TimeSpan.TicksPerSecond) + (nanoseconds / 100));
        return reader.IsValid && seconds >= 0 && nanoseconds >= 0;
    }
}
