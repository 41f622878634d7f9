using System.Net;
using MeshClient.Endpoints;

namespace MeshClient.Http;

/// <summary>The body of an answer, which ends the attempt's lease when it has been read, fails, or is given up.</summary>
internal sealed class LeasedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly Attempt _attempt;
    private readonly Outcome _outcome;
    private LeasedStream? _stream;

    public LeasedContent(HttpContent inner, Attempt attempt, Outcome outcome)
    {
        _inner = inner;
        _attempt = attempt;
        _outcome = outcome;
        foreach (var header in inner.Headers.NonValidated)
            Headers.TryAddWithoutValidation(header.Key, header.Value);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var body = Open(_inner.ReadAsStream(cancellationToken));
        body.CopyTo(stream);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var body = Open(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        await using (body.ConfigureAwait(false))
            await body.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => Open(_inner.ReadAsStream(cancellationToken));

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        Open(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream?.Dispose();
            _inner.Dispose();
            // A body nobody opened: the answer itself was all its caller wanted.
            if (_stream is null)
                _attempt.Complete(_outcome, tokenIsFree: true);
        }
        base.Dispose(disposing);
    }

    private LeasedStream Open(Stream inner) => _stream = new LeasedStream(inner, _attempt, _outcome);
}
