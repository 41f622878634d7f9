using MeshClient.Model;

namespace MeshClient.Transport.Security;

/// <summary>
/// Tells a refusal by the peer from a broken connection: in TLS 1.3 the handshake succeeds on this side before the peer has judged the certificate, and a
/// refusal comes as the first thing it says, an alert or the end.
/// </summary>
internal sealed class FirstWordStream(Stream inner, Endpoint endpoint) : OpeningStream(inner)
{
    private volatile PeerDeniedException? _denial;

    public override int Read(Span<byte> buffer)
    {
        if (HasSpoken)
            return Inner.Read(buffer);
        try
        {
            return Judge(Inner.Read(buffer), buffer.IsEmpty);
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
            Inner.Write(buffer);
        }
        catch (Exception error) when (IsDenial(error))
        {
            throw Denied(error);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    protected override async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return Judge(await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.IsEmpty);
        }
        catch (IOException error)
        {
            throw Denied(error);
        }
    }

    protected override async ValueTask WriteFirstAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsDenial(error))
        {
            throw Denied(error);
        }
    }

    // HTTP/2 reads while it writes, and disposes of the stream when it has read the end: what it then reports is the failed write.
    private bool IsDenial(Exception error) => !HasSpoken && (error is IOException || _denial is not null);

    // Reads of no bytes only wait for some, and yet fail by an alert.
    private int Judge(int read, bool onlyWaits)
    {
        if (onlyWaits)
            return read;
        if (read == 0)
            throw Denied(null);
        HasSpoken = true;
        return read;
    }

    private PeerDeniedException Denied(Exception? error) => _denial ??= error as PeerDeniedException ?? new PeerDeniedException(endpoint.ToString(), error);
}
