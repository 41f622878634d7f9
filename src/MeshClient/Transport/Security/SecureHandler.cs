namespace MeshClient.Transport.Security;

/// <summary>
/// Sends requests with the scheme that the server at the other end has, whatever that of their URL: <c>https</c>, or <c>http</c> behind a sidecar. Otherwise the
/// <c>:scheme</c> of HTTP/2 would contradict the transport, and servers reset such streams. Whoever waits for the answer gives the request its own URL back
/// (<see cref="SecureUrl.Restore"/>): to wait for it here would cost each call a task more.
/// </summary>
internal sealed class SecureHandler(SocketsHttpHandler inner, SecureConnections connections, string scheme) : DelegatingHandler(inner)
{
    private SecureUrl? _last;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Prepare(request);
        return base.Send(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            connections.Dispose();
    }

    private void Prepare(HttpRequestMessage request)
    {
        SecureVersion.Cap(request);
        request.RequestUri = ToSend(request.RequestUri!);
    }

    private Uri ToSend(Uri written)
    {
        if (written.Scheme == scheme)
            return written;
        // Calls that repeat a URL object, as those of BaseAddress alone do, pay for its twin once.
        var last = _last;
        return ReferenceEquals(last?.Written, written) ? last! : _last = new SecureUrl(scheme, written);
    }
}
