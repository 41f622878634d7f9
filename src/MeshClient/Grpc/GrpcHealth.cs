using System.Runtime.CompilerServices;
using Grpc.Core;
using MeshClient.Primitives;

namespace MeshClient.Grpc;

/// <summary>What <c>grpc.health.v1.Health/Watch</c> says of a service; the numbers are the wire's.</summary>
internal enum ServingStatus
{
    /// <summary>The server cannot say.</summary>
    Unknown = 0,

    /// <summary>It serves.</summary>
    Serving = 1,

    /// <summary>It does not.</summary>
    NotServing = 2,

    /// <summary>There is no service of that name.</summary>
    ServiceUnknown = 3,
}

/// <summary>
/// The one call of <c>grpc.health.v1</c> that the mesh makes. Its two messages have one field each, so they are written and read here, without a library for the
/// encoding.
/// </summary>
internal static class GrpcHealth
{
    /// <summary>The method.</summary>
    public const string Path = "/grpc.health.v1.Health/Watch";

    /// <summary>Watches a service on one server, until the server ends the stream.</summary>
    /// <param name="transport">Leads to the server.</param>
    /// <param name="upstream">The logical name of the server.</param>
    /// <param name="service">The service that is asked for; empty = the server as a whole.</param>
    /// <param name="stop">Ends the watch.</param>
    /// <exception cref="RpcException">The server ended the stream with a status that is not OK, or what it says is none of gRPC's.</exception>
    public static async IAsyncEnumerable<ServingStatus> WatchAsync(
        HttpMessageInvoker transport, string upstream, string service, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var message in GrpcStream.ReadAsync(transport, upstream, Path, Encode(service), stop).ConfigureAwait(false))
            yield return Decode(message.Span);
    }

    /// <summary>Writes <c>HealthCheckRequest</c> with its length before it.</summary>
    public static byte[] Encode(string service)
    {
        var message = new ProtobufWriter();
        // A field with its default is left out.
        if (service.Length > 0)
            message.Text(1, service);
        return GrpcStream.Frame(message.Written);
    }

    /// <summary>Reads <c>HealthCheckResponse</c>: the last status in it counts, fields that are not known are passed over, and a number that is not known is <see cref="ServingStatus.Unknown"/>.</summary>
    /// <exception cref="RpcException">It is none.</exception>
    public static ServingStatus Decode(ReadOnlySpan<byte> message)
    {
        var status = ServingStatus.Unknown;
        var reader = new ProtobufReader(message);
        while (reader.TryNext(out var field))
        {
            if (field is { Number: 1, Type: WireType.Varint })
                status = field.Bits <= (ulong)ServingStatus.ServiceUnknown ? (ServingStatus)field.Bits : ServingStatus.Unknown;
        }
        return reader.IsValid ? status : throw GrpcStream.Malformed(Path);
    }
}
