using MeshClient.Model;

namespace MeshClient.Transport.Security;

/// <summary>
/// Tells a refusal by the peer from a broken connection: in TLS 1.3 the handshake succeeds on this side before the peer has judged the certificate, and a
/// refusal comes as the first thing it says, an alert or the end.
/// </summary>
internal sealed class FirstWordStream(Stream inner, Endpoint endpoint) : Stream
{
    private volatile bool _hasSpoken;
    private volatile PeerDeniedException? _denial;

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
        _hasSpoken ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer)
    {
        if (_hasSpoken)
            return inner.Read(buffer);
        try
        {
            return Judge(inner.Read(buffer), buffer.IsEmpty);
        }
        catch (IOException error)
        {
            throw Denied(error);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception error) when (IsDenial(error))
        {
            throw Denied(error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasSpoken ? inner.WriteAsync(buffer, cancellationToken) : WriteFirstAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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
        try
        {
            return Judge(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.IsEmpty);
        }
        catch (IOException error)
        {
            throw Denied(error);
        }
    }

    private async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsDenial(error))
        {
            throw Denied(error);
        }
    }

    // HTTP/2 reads while it writes, and disposes of the stream when it has read the end: what it then reports is the failed write.
    private bool IsDenial(Exception error) => !_hasSpoken && (error is IOException || _denial is not null);

    // Reads of no bytes only wait for some, and yet fail by an alert.
    private int Judge(int read, bool onlyWaits)
    {
        if (onlyWaits)
            return read;
        if (read == 0)
            throw Denied(null);
        _hasSpoken = true;
        return read;
    }

    private PeerDeniedException Denied(Exception? error) => _denial ??= error as PeerDeniedException ?? new PeerDeniedException(endpoint.ToString(), error);
}
