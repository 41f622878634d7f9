using System.IO.Pipelines;
using MeshClient.Grpc;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>
/// Counts the messages of a gRPC call on the pipes that gRPC's server reads and writes. Whoever takes the streams in their place, as a proxy does, is not counted.
/// </summary>
internal sealed class MessageCounts : IHttpResponseBodyFeature, IRequestBodyPipeFeature
{
    private readonly IHttpResponseBodyFeature _response;

    private MessageCounts(HttpContext context, IHttpResponseBodyFeature response, GrpcCallMetrics metrics, ServedMethods methods)
    {
        _response = response;
        Reader = new CountingReader(context.Request.BodyReader, messages => metrics.Received(methods.NameOf(context), messages));
        Writer = new CountingWriter(response.Writer, messages => metrics.Sent(methods.NameOf(context), messages));
    }

    public PipeReader Reader { get; }

    public PipeWriter Writer { get; }

    public Stream Stream => _response.Stream;

    /// <summary>Counts from here on.</summary>
    public static void Begin(HttpContext context, GrpcCallMetrics metrics, ServedMethods methods)
    {
        var counts = new MessageCounts(context, context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), metrics, methods);
        context.Features.Set<IHttpResponseBodyFeature>(counts);
        context.Features.Set<IRequestBodyPipeFeature>(counts);
    }

    public Task CompleteAsync() => _response.CompleteAsync();

    public void DisableBuffering() => _response.DisableBuffering();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        _response.SendFileAsync(path, offset, count, cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken = default) => _response.StartAsync(cancellationToken);

    private sealed class CountingReader(PipeReader inner, Action<int> count) : PipeReader
    {
        private readonly GrpcMessageCounter _messages = new();
        private ReadResult _last;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var reading = inner.ReadAsync(cancellationToken);
            return reading.IsCompletedSuccessfully ? new(_last = reading.Result) : WaitAsync(reading);
        }

        public override bool TryRead(out ReadResult result)
        {
            if (!inner.TryRead(out result))
                return false;
            _last = result;
            return true;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            // Before the memory goes back.
            var messages = _messages.Observe(_last.Buffer.Slice(0, consumed));
            _last = default;
            inner.AdvanceTo(consumed, examined);
            if (messages > 0)
                count(messages);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading) => _last = await reading.ConfigureAwait(false);
    }

    private sealed class CountingWriter(PipeWriter inner, Action<int> count) : PipeWriter
    {
        private readonly GrpcMessageCounter _messages = new();
        private Memory<byte> _memory;

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            Count(_memory.Span[..bytes]);
            _memory = _memory[bytes..];
            inner.Advance(bytes);
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Count(source.Span);
            return inner.WriteAsync(source, cancellationToken);
        }

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        private void Count(ReadOnlySpan<byte> bytes)
        {
            var messages = _messages.Observe(bytes);
            if (messages > 0)
                count(messages);
        }
    }
}
