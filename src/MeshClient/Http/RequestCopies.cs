using MeshClient.Grpc;

namespace MeshClient.Http;

/// <summary>
/// Copies of a request for attempts that run beside each other: each has headers and a content of its own, for two sends of one message would write
/// over each other's.
/// </summary>
internal sealed class RequestCopies
{
    /// <summary>Larger bodies are not held in memory a second time; such calls are not hedged.</summary>
    private const int LongestBody = 1 << 20;

    private readonly HttpRequestMessage _request;
    private readonly byte[]? _body;

    private RequestCopies(HttpRequestMessage request, byte[]? body)
    {
        _request = request;
        _body = body;
    }

    /// <summary>
    /// Prepares to copy a request whose body is repeatable. Null = its body is longer than 1 MiB, or of a length not known beforehand; the one message of a gRPC call
    /// is copied all the same, since it can be written again.
    /// </summary>
    public static async ValueTask<RequestCopies?> OfAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not { } content)
            return new RequestCopies(request, body: null);
        var length = content.Headers.ContentLength;
        if (length is not <= LongestBody && !(length is null && GrpcBody.IsMessage(content)))
            return null;
        try
        {
            // Buffered, the original is read twice: here and by its own attempt.
            await content.LoadIntoBufferAsync(LongestBody, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException) when (length is null)
        {
            return null;
        }
        return new RequestCopies(request, await content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A copy, complete: method, URL, version and its policy, headers, options, body.</summary>
    public HttpRequestMessage Next()
    {
        var copy = new HttpRequestMessage(_request.Method, _request.RequestUri) { Version = _request.Version, VersionPolicy = _request.VersionPolicy };
        foreach (var (name, values) in _request.Headers.NonValidated)
            copy.Headers.TryAddWithoutValidation(name, values);
        foreach (var (key, value) in _request.Options)
            ((IDictionary<string, object?>)copy.Options)[key] = value;
        if (_body is null)
            return copy;
        copy.Content = new ByteArrayContent(_body);
        foreach (var (name, values) in _request.Content!.Headers.NonValidated)
            copy.Content.Headers.TryAddWithoutValidation(name, values);
        return copy;
    }
}
