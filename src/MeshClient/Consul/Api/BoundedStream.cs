using System.Text;

namespace MeshClient.Consul.Api;

/// <summary>An answer's body that may not grow without bound, and that remembers how it began for the errors about it.</summary>
internal sealed class BoundedStream(Stream inner, long limit, string what) : Stream
{
    private const int HeadLength = 200;

    private readonly byte[] _head = new byte[HeadLength];
    private long _read;

    /// <summary>The start of what was read so far, on one line.</summary>
    public string Head => Excerpt(_head.AsSpan(0, (int)Math.Min(_read, HeadLength)));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _read; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (_read < HeadLength)
            buffer.Span[..(int)Math.Min(count, HeadLength - _read)].CopyTo(_head.AsSpan((int)_read));
        _read += count;
        return _read <= limit
            ? count
            : throw new ConsulException($"Expected {what} in at most {limit >> 20} MiB, found more: does the address lead to a Consul agent?");
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private static string Excerpt(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes).Select(c => char.IsControl(c) ? ' ' : c);
        return string.Concat(text).Trim();
    }
}
