namespace MeshClient.FunctionalTests.Kit;

/// <summary>A stream that gives its bytes once, such as a socket or a pipe. It notes when it was read after its end.</summary>
internal sealed class OneShotStream(long length, Func<Task>? beforeEnd = null) : Stream
{
    private long _left = length;

    public int Ends { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
        {
            if (Ends == 0 && beforeEnd is not null)
                await beforeEnd();
            Ends++;
            return 0;
        }
        var count = (int)Math.Min(_left, buffer.Length);
        buffer.Span[..count].Fill((byte)'x');
        _left -= count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
