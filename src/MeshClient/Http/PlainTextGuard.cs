using MeshClient.Grpc;

namespace MeshClient.Http;

/// <summary>
/// Under a channel that sends call credentials whatever the scheme of its address: what is none of the mesh's goes by that scheme, and carries none in plain text.
/// </summary>
internal sealed class PlainTextGuard(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.RequestUri!.Scheme != Uri.UriSchemeHttps && request.Headers.NonValidated.Contains(GrpcRequest.Authorization)
            ? throw GrpcErrors.PlainTextCredentials(request.RequestUri)
            : base.SendAsync(request, cancellationToken);
}
