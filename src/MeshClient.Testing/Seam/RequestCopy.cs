using System.Net;
using MeshClient.Http;

namespace MeshClient.Testing.Seam;

/// <summary>
/// Copies the body of a request. One that can be sent again is read ahead, so that the copy is there whatever its receiver reads; any other
/// is copied as it is sent, for reading ahead would use it up, and a stream in both directions would never end.
/// </summary>
internal sealed class RequestCopy
{
    private readonly MemoryStream _copy = new();

    /// <summary>What has been copied so far.</summary>
    public byte[] ToArray()
    {
        lock (_copy)
            return _copy.ToArray();
    }

    /// <summary>Reads ahead, or puts a content in place of the request's that copies as it is sent.</summary>
    /// <returns>The content to put back after the attempt; null = none.</returns>
    public async Task<HttpContent?> BeginAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not { } content)
            return null;
        if (!RequestBody.IsRepeatable(content))
        {
            request.Content = new CopyingContent(content, this);
            return content;
        }
        var ahead = new MemoryStream();
        await content.CopyToAsync(ahead, cancellationToken).ConfigureAwait(false);
        Write(ahead.GetBuffer().AsSpan(0, (int)ahead.Length));
        return null;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_copy)
            _copy.Write(bytes);
    }

    private sealed class CopyingContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly RequestCopy _copy;

        public CopyingContent(HttpContent inner, RequestCopy copy)
        {
            (_inner, _copy) = (inner, copy);
            foreach (var header in inner.Headers.NonValidated)
                Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            _inner.CopyToAsync(new CopyingStream(stream, _copy), context);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _inner.CopyToAsync(new CopyingStream(stream, _copy), context, cancellationToken);

        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            _inner.CopyTo(new CopyingStream(stream, _copy), context, cancellationToken);

        protected override bool TryComputeLength(out long length)
        {
            length = _inner.Headers.ContentLength ?? 0;
            return _inner.Headers.ContentLength is not null;
        }
    }

    private sealed class CopyingStream(Stream target, RequestCopy copy) : Stream
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

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            copy.Write(buffer);
            target.Write(buffer);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            copy.Write(buffer.Span);
            return target.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush() => target.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => target.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
