using System.Net;
using System.Net.Sockets;
using MeshClient.Model;

namespace MeshClient.Transport;

/// <summary>Tells an HTTP/2 peer that hangs up without a word from a connection that broke. By TLS, the handshake is the word.</summary>
/// <param name="inner">The connection.</param>
/// <param name="endpoint">The peer.</param>
internal sealed class PrefaceStream(Stream inner, Endpoint endpoint) : OpeningStream(inner)
{
    private volatile MissingPrefaceException? _missing;

    /// <summary>Puts itself around the connections of a handler that speak HTTP/2. Those of HTTP/1.1 stay as they are: .NET looks at their sockets.</summary>
    public static void Apply(SocketsHttpHandler handler, Endpoint endpoint)
    {
        var own = handler.PlaintextStreamFilter;
        handler.PlaintextStreamFilter = async (context, token) =>
        {
            var stream = own is null ? context.PlaintextStream : await own(context, token).ConfigureAwait(false);
            return context.NegotiatedHttpVersion == HttpVersion.Version20 ? new PrefaceStream(stream, endpoint) : stream;
        };
    }

    public override int Read(byte[] buffer, int offset, int count) => throw Synchronous();

    public override void Write(byte[] buffer, int offset, int count) => throw Synchronous();

    protected override async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        // By any other end, such as that of a time limit of TCP, the server may have spoken unheard.
        catch (IOException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            throw Missing(error);
        }
        // Reads of no bytes only wait for some.
        if (buffer.IsEmpty)
            return read;
        if (read == 0)
            throw Missing(null);
        HasSpoken = true;
        return read;
    }

    protected override async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        // HTTP/2 reads while it writes, and disposes of the stream when it has read the end: what it then reports is the failed write.
        catch (Exception) when (_missing is not null)
        {
            throw _missing;
        }
        // The read under way knows whether there was a word before the reset, and reports it.
        catch (IOException error) when (error.InnerException is SocketException
        {
            SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
        })
        {
        }
    }

    private MissingPrefaceException Missing(Exception? error) => _missing ??= new(endpoint.ToString(), error);

    private static NotSupportedException Synchronous() => new("HTTP/2 is read and written asynchronously.");
}
