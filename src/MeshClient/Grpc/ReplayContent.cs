using System.Buffers;
using System.Net;

namespace MeshClient.Grpc;

/// <summary>
/// The stream of a request, kept while it is sent, so that it can be sent again: gRPC A6's buffer of a call that is not committed. What is written when an attempt has
/// failed is kept for the next one; where it does not fit any more, the writer waits. From <see cref="Commit"/> on, or when it has become too long, it passes
/// through and can be sent no further time.
/// </summary>
internal sealed class ReplayContent : HttpContent
{
    private readonly HttpContent _source;
    private readonly ReplayMemory _memory;
    private readonly int _limit;
    // What is sent is sent in order: what was kept, before what comes.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _keeping = new();
    private ArrayBufferWriter<byte>? _kept = new();
    private Sending? _latest;
    private Sending? _open;
    private TaskCompletionSource _opened = NewSignal();
    private Task? _reading;

    /// <param name="source">The body as gRPC's client writes it: once.</param>
    /// <param name="limit">How many bytes are kept at most.</param>
    /// <param name="memory">What is kept of all calls.</param>
    public ReplayContent(HttpContent source, int limit, ReplayMemory memory)
    {
        _source = source;
        _limit = limit;
        _memory = memory;
        foreach (var (name, values) in source.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>Counts the messages as they are written, each once however often it is sent; null = nobody asks.</summary>
    public GrpcMessageCounter? Counter { get; set; }

    /// <summary>Whether it can be sent once more.</summary>
    public bool CanReplay => Volatile.Read(ref _kept) is not null;

    /// <summary>Whether it can be sent now: it has not been sent yet, or is kept.</summary>
    public bool CanSend => CanReplay || Volatile.Read(ref _reading) is null;

    /// <summary>The call will not be made again: what was kept goes, and what comes is not kept.</summary>
    public void Commit()
    {
        lock (_keeping)
        {
            if (_kept is null)
                return;
            _memory.Return(_kept.WrittenCount);
            Volatile.Write(ref _kept, null);
        }
        _opened.TrySetResult();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var sending = new Sending(stream);
        Interlocked.Exchange(ref _latest, sending)?.End(new IOException("The request is sent anew."));
        try
        {
            await OpenAsync(sending, cancellationToken).ConfigureAwait(false);
        }
        // The transport cancels the body of a stream that has ended. Its own error tells how; a cancellation would be taken for one before there was a connection.
        catch (OperationCanceledException error)
        {
            throw new IOException("The stream ended while the request was sent anew.", error);
        }
        // The source's end is waited for without a detour: gRPC's client relies on the end of the request being sent before its CompleteAsync returns.
        await Task.WhenAny(_reading!, sending.Ended).ConfigureAwait(false);
        // What has not got all of the stream must not end as if it had.
        await (sending.Ended.IsCompleted ? sending.Ended : _reading!).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Commit();
            _source.Dispose();
        }
        base.Dispose(disposing);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task OpenAsync(Sending sending, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_reading is not null)
            {
                if (KeptOrNull() is not { } kept)
                    throw new InvalidOperationException("The request's stream cannot be sent again: it is not kept any more (Grpc:ReplayBytes).");
                await sending.Stream.WriteAsync(kept, cancellationToken).ConfigureAwait(false);
                await sending.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            _open = sending;
            _opened.TrySetResult();
            _opened = NewSignal();
            _reading ??= _source.CopyToAsync(new Inlet(this), CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Counter?.Observe(bytes.Span);
        while (true)
        {
            Task opened;
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var isKept = TryKeep(bytes, out var toSend);
                try
                {
                    await _open!.WriteAsync(toSend, mayBeLeft: isKept, cancellationToken).ConfigureAwait(false);
                    if (!isKept)
                        Commit();
                    return;
                }
                catch (Exception error) when (CanReplay && !cancellationToken.IsCancellationRequested)
                {
                    _open!.End(error);
                    // The next attempt sends it; where there is none, the call's own end tells.
                    if (isKept)
                        return;
                    opened = _opened.Task;
                }
            }
            finally
            {
                _turn.Release();
            }
            await opened.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _open!.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (CanReplay && !cancellationToken.IsCancellationRequested)
        {
            // As with a write, whose bytes this is about.
            _open!.End(error);
        }
        finally
        {
            _turn.Release();
        }
    }

    private ReadOnlyMemory<byte>? KeptOrNull()
    {
        lock (_keeping)
            return _kept?.WrittenMemory;
    }

    /// <param name="bytes">What comes.</param>
    /// <param name="stable">The same, where it stays as it is for as long as anybody reads it.</param>
    private bool TryKeep(ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> stable)
    {
        stable = bytes;
        lock (_keeping)
        {
            if (_kept is null || _kept.WrittenCount + bytes.Length > _limit || !_memory.TryTake(bytes.Length))
                return false;
            _kept.Write(bytes.Span);
            stable = _kept.WrittenMemory[^bytes.Length..];
            return true;
        }
    }

    /// <summary>One time that it is sent.</summary>
    private sealed class Sending(Stream stream)
    {
        private readonly TaskCompletionSource _ended = NewSignal();

        public Stream Stream => stream;

        /// <summary>Fails when it is sent anew, or a part of the stream did not get through.</summary>
        public Task Ended => _ended.Task;

        public void End(Exception error)
        {
            // A cancellation would be taken for one before there was a connection.
            _ended.TrySetException(error is OperationCanceledException ? new IOException("The stream ended while the request was sent.", error) : error);
            _ = Ended.Exception;
        }

        /// <summary>Writes; what may be left to a stream that nobody reads any more does not hold up the writer.</summary>
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, bool mayBeLeft, CancellationToken cancellationToken)
        {
            try
            {
                await WriteOrLeaveAsync(bytes, mayBeLeft, cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException error)
            {
                throw Gone(error);
            }
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            try
            {
                await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ObjectDisposedException error)
            {
                throw Gone(error);
            }
        }

        // The transport disposes of the stream of a call that has ended. A writer is told what it would be without this class: that its request broke off.
        private static IOException Gone(ObjectDisposedException error) => new("The call has ended, and nothing more of its request can be sent.", error);

        private async ValueTask WriteOrLeaveAsync(ReadOnlyMemory<byte> bytes, bool mayBeLeft, CancellationToken cancellationToken)
        {
            var writing = stream.WriteAsync(bytes, cancellationToken);
            if (!mayBeLeft || writing.IsCompleted)
            {
                await writing.ConfigureAwait(false);
                return;
            }
            var written = writing.AsTask();
            var first = await Task.WhenAny(written, Ended).ConfigureAwait(false);
            if (first != written)
                _ = written.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            await first.ConfigureAwait(false);
        }
    }

    /// <summary>Where the source writes to.</summary>
    private sealed class Inlet(ReplayContent content) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => content.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            content.WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => content.FlushAsync(cancellationToken);

        public override void Flush() => throw Synchronous();

        public override void Write(byte[] buffer, int offset, int count) => throw Synchronous();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        private static NotSupportedException Synchronous() => new("The stream of a gRPC request is written asynchronously.");
    }
}
