using System.Net.Http.Json;
using MeshClient.Grpc;

namespace MeshClient.Http;

/// <summary>Tells whether a request's body can be sent a second time. What is not known to be repeatable is not: half a body is worse than an error.</summary>
internal static class RequestBody
{
    /// <summary>Whether every part of the body gives the same bytes each time it is sent.</summary>
    public static bool IsRepeatable(HttpContent? content) => content switch
    {
        null => true,
        ByteArrayContent or ReadOnlyMemoryContent => true,
        // A sequence can be one-shot whatever its type says; a plain object is serialised anew each time.
        JsonContent json => !IsAsyncSequence(json.Value),
        MultipartContent parts => AllRepeatable(parts),
        StreamContent stream when stream.GetType() == typeof(StreamContent) => IsSeekable(stream),
        ReplayContent stream => stream.CanReplay,
        // Written anew from the message each time it is sent.
        { } other when GrpcBody.IsMessage(other) => true,
        _ => false,
    };

    private static bool AllRepeatable(MultipartContent parts)
    {
        foreach (var part in parts)
        {
            if (!IsRepeatable(part))
                return false;
        }
        return true;
    }

    // An iterator of value types is not IAsyncEnumerable<object>, but like each iterator it is its own, disposable enumerator.
    private static bool IsAsyncSequence(object? value) => value is IAsyncEnumerable<object?> or IAsyncDisposable;

    // StreamContent hands out a read-only view that says of itself whether the stream under it can seek; reading nothing from it
    // leaves the stream where it was.
    private static bool IsSeekable(StreamContent content) => content.ReadAsStream().CanSeek;
}
