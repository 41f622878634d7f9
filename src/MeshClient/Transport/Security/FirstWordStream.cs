using MeshClient.Identity;
using MeshClient.Model;

namespace MeshClient.Transport.Security;

/// <summary>
/// Tells a refusal by the peer from a broken connection: in TLS 1.3 the handshake succeeds on this side before the peer has judged the certificate, and a
/// refusal comes as the first thing it says, an alert or the end.
/// </summary>
internal sealed class FirstWordStream(Stream inner, Endpoint endpoint) : Stream
{
    private bool _hasSpoken;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasSpoken || buffer.IsEmpty ? inner.ReadAsync(buffer, cancellationToken) : FirstAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer)
    {
        if (_hasSpoken || buffer.IsEmpty)
            return inner.Read(buffer);
        try
        {
            return Judge(inner.Read(buffer));
        }
        catch (IOException error)
        {
            throw Denied(error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

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

    private async ValueTask<int> FirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return Judge(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException error)
        {
            throw Denied(error);
        }
    }

    private int Judge(int read)
    {
        if (read == 0)
            throw Denied(null);
        _hasSpoken = true;
        return read;
    }

    // Cut by this process itself, or told already: the peer has said nothing.
    private IOException Denied(IOException? error) =>
        error is PeerDeniedException or { InnerException: MeshIdentityException { IsOwn: true } } ? error : new PeerDeniedException(endpoint.ToString(), error);
}

/// <summary>The peer refused this process right after the handshake.</summary>
internal sealed class PeerDeniedException(string endpoint, Exception? inner) : IOException(
    $"denied by the peer: {endpoint} closed the connection right after the handshake{(inner is null ? "" : $" ({inner.Message})")}. Does it trust this process's "
    + "certificate, and do its intentions allow this service?", inner);
