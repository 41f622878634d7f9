namespace MeshClient.Http;

/// <summary>
/// Reads the body of an answer under the idle limit: each read has its own time, none has the whole. Writes pass through, for an upgraded
/// connection (101) is read and written by one stream.
/// </summary>
internal sealed class LeasedStream(Stream inner, Attempt attempt) : Stream
{
    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // After its end a body goes on answering "end"; an overlapping read is the reader's fault and gets what the transport says of it.
        if (!attempt.TryBeginRead())
            return inner.ReadAsync(buffer, cancellationToken);
        ValueTask<int> reading;
        try
        {
            reading = inner.ReadAsync(buffer, attempt.ReadToken);
            if (reading.IsCompletedSuccessfully)
                return new ValueTask<int>(Ended(reading.Result, buffer.Length));
        }
        catch (Exception error)
        {
            return ValueTask.FromException<int>(attempt.FailRead(error, cancellationToken));
        }
        return FinishReadAsync(reading, buffer.Length, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // The transport's synchronous read takes no token, so the asynchronous one is waited for: the caller has chosen to block.
    public override int Read(Span<byte> buffer)
    {
        var array = System.Buffers.ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            var read = ReadAsync(array.AsMemory(0, buffer.Length)).AsTask().GetAwaiter().GetResult();
            array.AsSpan(0, read).CopyTo(buffer);
            return read;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(array);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => inner.Write(buffer);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // A reader that stops early has what it wanted.
            inner.Dispose();
            attempt.GiveUpBody();
        }
        base.Dispose(disposing);
    }

    private async ValueTask<int> FinishReadAsync(ValueTask<int> reading, int wanted, CancellationToken caller)
    {
        var tie = attempt.TieRead(caller);
        int read;
        try
        {
            read = await reading.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await tie.DisposeAsync().ConfigureAwait(false);
            throw attempt.FailRead(error, caller);
        }
        await tie.DisposeAsync().ConfigureAwait(false);
        return Ended(read, wanted);
    }

    private int Ended(int read, int wanted)
    {
        if (read == 0 && wanted > 0)
            attempt.EndBody();
        else
            attempt.EndRead();
        return read;
    }
}
