namespace MeshClient.Http;

/// <summary>
/// Hides the handlers under it. A gRPC channel that finds a <see cref="SocketsHttpHandler"/> among them connects to the name in its address by itself, and the
/// name of a service of the mesh is none that DNS knows.
/// </summary>
internal sealed class OpaqueHandler(HttpMessageHandler inner) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _inner = new(inner);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _inner.SendAsync(request, cancellationToken);

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => _inner.Send(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }
}
