namespace MeshClient.Transport.Security;

/// <summary>
/// Sends requests with the scheme that the server at the other end has, whatever that of their URL, which the caller finds unchanged afterwards: <c>https</c>, or
/// <c>http</c> behind a sidecar. Otherwise the <c>:scheme</c> of HTTP/2 would contradict the transport, and servers reset such streams.
/// </summary>
internal sealed class SecureHandler(SocketsHttpHandler inner, SecureConnections connections, string scheme) : DelegatingHandler(inner)
{
    private Uri? _lastGiven;
    private Uri? _lastSent;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        request.RequestUri = ToSend(uri);
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            connections.Tell(error);
            throw;
        }
        finally
        {
            request.RequestUri = uri;
        }
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        request.RequestUri = ToSend(uri);
        try
        {
            return base.Send(request, cancellationToken);
        }
        catch (Exception error)
        {
            connections.Tell(error);
            throw;
        }
        finally
        {
            request.RequestUri = uri;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            connections.Dispose();
    }

    private Uri ToSend(Uri uri)
    {
        if (uri.Scheme == scheme)
            return uri;
        // Calls that repeat a URL object, as those of BaseAddress alone do, pay for its twin once. A race costs one more.
        if (ReferenceEquals(Volatile.Read(ref _lastGiven), uri) && Volatile.Read(ref _lastSent) is { } twin && twin.PathAndQuery == uri.PathAndQuery && twin.Host == uri.Host)
            return twin;
        var sent = new Uri(string.Concat(scheme, Uri.SchemeDelimiter, uri.GetComponents(UriComponents.Host | UriComponents.PathAndQuery | UriComponents.Fragment, UriFormat.UriEscaped)),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = false });
        Volatile.Write(ref _lastSent, sent);
        Volatile.Write(ref _lastGiven, uri);
        return sent;
    }
}
