using System.Net.Http.Headers;

namespace MeshClient.Http;

/// <summary>What following a redirect changes of a request, as its caller had it.</summary>
internal readonly record struct OriginalRequest(
    HttpMethod Method, Uri? Uri, HttpContent? Content, AuthenticationHeaderValue? Authorization, string? Host, bool? IsChunked)
{
    public static OriginalRequest Of(HttpRequestMessage request) => new(
        request.Method, request.RequestUri, request.Content, request.Headers.Authorization, request.Headers.Host, request.Headers.TransferEncodingChunked);

    /// <summary>Gives the request back what a redirect took or changed.</summary>
    public void Restore(HttpRequestMessage request)
    {
        if (ReferenceEquals(request.RequestUri, Uri))
            return;
        request.Method = Method;
        request.RequestUri = Uri;
        request.Content = Content;
        request.Headers.Authorization = Authorization;
        request.Headers.Host = Host;
        request.Headers.TransferEncodingChunked = IsChunked;
    }
}
