using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Grpc.Core;

namespace MeshClient.Grpc;

/// <summary>
/// A call that the mesh makes on its own account: one message there, a stream of messages back. Made by hand, since its messages are a few bytes and the library need
/// not bring an encoding along.
/// </summary>
internal static class GrpcStream
{
    /// <summary>The length of what stands before a message: whether it is compressed, and its length.</summary>
    public const int PrefixLength = 5;

    // What the mesh asks for takes far less.
    private const int LongestMessage = 64 * 1024;

    /// <summary>Reads the messages until the server ends the stream.</summary>
    /// <param name="transport">Leads to the server.</param>
    /// <param name="upstream">The logical name of the server.</param>
    /// <param name="path">The method, as <c>/package.Service/Method</c>.</param>
    /// <param name="request">The message, with its prefix.</param>
    /// <param name="stop">Ends the call.</param>
    /// <exception cref="RpcException">The server ended the stream with a status that is not OK, or what it says is none of gRPC's.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        HttpMessageInvoker transport, string upstream, string path, byte[] request, [EnumeratorCancellation] CancellationToken stop)
    {
        using var sent = Request(upstream, path, request);
        using var response = await transport.SendAsync(sent, stop).ConfigureAwait(false);
        if (GrpcAnswer.StatusInHeaders(response) is { } settled)
        {
            Throw(path, settled);
            yield break;
        }
        var body = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            while (await ReadAsync(body, path, stop).ConfigureAwait(false) is { } message)
                yield return message;
        }
        Throw(path, GrpcAnswer.StatusOf(response.TrailingHeaders) ?? StatusCode.Unknown);
    }

    /// <summary>A message with what stands before it: it is not compressed, and its length.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var frame = new byte[PrefixLength + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame.AsSpan(PrefixLength));
        return frame;
    }

    /// <summary>What is thrown where a message is not what it must be.</summary>
    public static RpcException Malformed(string path)
    {
        var message = $"Expected messages of {path}, found something else.";
        return new(new Status(StatusCode.Internal, message), message);
    }

    private static HttpRequestMessage Request(string upstream, string path, byte[] message)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{upstream}{path}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(message),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return request;
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(Stream body, string path, CancellationToken stop)
    {
        var prefix = new byte[PrefixLength];
        var read = await body.ReadAtLeastAsync(prefix, PrefixLength, throwOnEndOfStream: false, stop).ConfigureAwait(false);
        if (read == 0)
            return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        // Compression was not offered.
        if (read < PrefixLength || prefix[0] != 0 || length > LongestMessage)
            throw Malformed(path);
        var message = new byte[length];
        await body.ReadExactlyAsync(message, stop).ConfigureAwait(false);
        return message;
    }

    private static void Throw(string path, StatusCode status)
    {
        if (status == StatusCode.OK)
            return;
        var message = $"{path} ended with {status}.";
        throw new RpcException(new Status(status, message), message);
    }
}
