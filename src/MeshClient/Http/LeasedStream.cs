using MeshClient.Endpoints;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// Reads the body of an answer under the idle limit: each read has its own time, none has the whole. Writes pass through, for an upgraded
/// connection (101) is read and written by one stream.
/// </summary>
internal sealed class LeasedStream(Stream inner, Attempt attempt, Outcome outcome) : Stream
{
    private const int AtRest = 0, Reading = 1, Ended = 2;
    private int _state;

    public override bool CanRead => inner.CanRead;

    public override bool CanWrite => inner.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // After its end a body goes on answering "end"; an overlapping read is the reader's fault and gets what the transport says of it.
        if (Interlocked.CompareExchange(ref _state, Reading, AtRest) != AtRest)
            return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        try
        {
            var scope = attempt.Scope;
            var registration = cancellationToken.UnsafeRegister(static state => ((AttemptScope)state!).TripCancelled(), scope);
            int read;
            try
            {
                scope.Arm(attempt.IdleTimeout);
                read = await inner.ReadAsync(buffer, scope.Token).ConfigureAwait(false);
            }
            finally
            {
                scope.Disarm();
                await registration.DisposeAsync().ConfigureAwait(false);
            }
            if (read == 0 && buffer.Length > 0)
                End(outcome);
            return read;
        }
        catch (Exception error)
        {
            throw Failed(error, cancellationToken);
        }
        finally
        {
            Interlocked.CompareExchange(ref _state, AtRest, Reading);
        }
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
            // A reader that stops early has what it wanted. While a read is still under way, it holds the scope's token.
            var was = Interlocked.Exchange(ref _state, Ended);
            inner.Dispose();
            if (was != Ended)
                attempt.Complete(outcome, tokenIsFree: was == AtRest);
        }
        base.Dispose(disposing);
    }

    private void End(Outcome how)
    {
        if (Interlocked.CompareExchange(ref _state, Ended, Reading) == Reading)
            attempt.Complete(how, tokenIsFree: true);
    }

    private Exception Failed(Exception error, CancellationToken cancellationToken)
    {
        var end = attempt.Scope.End;
        if (Interlocked.CompareExchange(ref _state, Ended, Reading) == Reading)
            attempt.Complete(FailureClassifier.Of(error, end) is Outcome.ConnectFailure ? Outcome.TransportFailure : FailureClassifier.Of(error, end), tokenIsFree: false);
        return end switch
        {
            ScopeEnd.TimedOut => new IOException(
                $"{attempt.Upstream}: {attempt.Endpoint.Endpoint} sent nothing of the answer's body for {attempt.IdleTimeout.TotalSeconds:0.###} s (IdleTimeout).",
                new TimeoutException("The body stalled.", error)),
            ScopeEnd.Cancelled => new OperationCanceledException("The read of the answer's body was cancelled.", error, cancellationToken),
            _ => error,
        };
    }
}
