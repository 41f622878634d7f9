using Grpc.Net.Client;

namespace MeshClient.Http;

/// <summary>
/// The outermost handler of a gRPC channel. It hides those under it: a channel that finds a <see cref="SocketsHttpHandler"/> among them connects to the name in its
/// address by itself, and the name of a service of the mesh is none that DNS knows. What the channel retries itself, the mesh sends once.
/// </summary>
internal sealed class ChannelHandler(HttpMessageHandler inner, GrpcChannelOptions channel) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _inner = new(inner);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Its owner may still set it when the handler is made.
        if (channel.ServiceConfig is { } config && ChannelRetries.In(config, request.RequestUri!.AbsolutePath))
            request.DisableMeshRetry();
        return _inner.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => _inner.Send(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }
}
