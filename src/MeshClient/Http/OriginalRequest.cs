using System.Net.Http.Headers;
using MeshClient.Clusters;
using MeshClient.Grpc;

namespace MeshClient.Http;

/// <summary>What following a redirect changes of a request, as its caller had it.</summary>
internal readonly record struct OriginalRequest(
    HttpMethod Method, Uri? Uri, HttpContent? Content, AuthenticationHeaderValue? Authorization, string? Host, bool? IsChunked, (string Name, string[] Values)[] Credentials)
{
    public static OriginalRequest Of(HttpRequestMessage request, Cluster cluster) => new(
        request.Method, request.RequestUri, request.Content, request.Headers.Authorization, request.Headers.Host, request.Headers.TransferEncodingChunked,
        // gRPC's own redirects are not followed.
        GrpcRequest.KindOf(request) != GrpcKind.Web ? [] :
        [
            .. cluster.Options.Grpc.CredentialHeaders.Where(request.Headers.Contains).Select(name => (name, request.Headers.GetValues(name).ToArray())),
        ]);

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
        foreach (var (name, values) in Credentials)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, values);
        }
    }
}
