using System.Net;
using System.Net.Sockets;
using MeshClient.Model;

namespace MeshClient.Transport;

/// <summary>Tells an HTTP/2 peer that hangs up without a word from a connection that broke. By TLS, the handshake is the word.</summary>
/// <param name="inner">The connection.</param>
/// <param name="endpoint">The peer.</param>
internal sealed class PrefaceStream(Stream inner, Endpoint endpoint) : Stream
{
    private volatile bool _hasSpoken;
    private volatile MissingPrefaceException? _missing;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasSpoken ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasSpoken ? inner.WriteAsync(buffer, cancellationToken) : WriteFirstAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw Synchronous();

    public override void Write(byte[] buffer, int offset, int count) => throw Synchronous();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
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
        _hasSpoken = true;
        return read;
    }

    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
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
