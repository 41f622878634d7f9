using System.Runtime.CompilerServices;

namespace MeshClient.Transport.Security;

/// <summary>Passes everything on, tells once when it is closed, and says why where this process has cut it.</summary>
/// <param name="inner">The connection.</param>
/// <param name="closed">Called when it is closed.</param>
/// <param name="whyCut">What to throw in place of what the cut socket does; null = it was not cut.</param>
internal sealed class TrackedStream(Stream inner, Action closed, Func<IOException?> whyCut) : Stream
{
    private int _isClosed;

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception) when (whyCut() is { } why)
        {
            throw why;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var reading = inner.ReadAsync(buffer, cancellationToken);
            return reading.IsCompletedSuccessfully ? reading : FinishAsync(reading);
        }
        catch (Exception) when (whyCut() is { } why)
        {
            throw why;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception) when (whyCut() is { } why)
        {
            throw why;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var writing = inner.WriteAsync(buffer, cancellationToken);
            return writing.IsCompletedSuccessfully ? writing : FinishAsync(writing);
        }
        catch (Exception) when (whyCut() is { } why)
        {
            throw why;
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        Tell();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            Tell();
        }
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FinishAsync(ValueTask<int> reading)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (Exception) when (whyCut() is { } why)
        {
            throw why;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(ValueTask writing)
    {
        try
        {
            await writing.ConfigureAwait(false);
        }
        catch (Exception) when (whyCut() is { } why)
        {
            throw why;
        }
    }

    private void Tell()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            closed();
    }
}
