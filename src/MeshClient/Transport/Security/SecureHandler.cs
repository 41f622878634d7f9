namespace MeshClient.Transport.Security;

/// <summary>
/// Sends requests by TLS whatever the scheme of their URL, which the caller finds unchanged afterwards: with <c>http</c> the <c>:scheme</c> of HTTP/2 would
/// contradict the transport, and servers reset such streams.
/// </summary>
internal sealed class SecureHandler(SocketsHttpHandler inner, SecureConnections connections) : DelegatingHandler(inner)
{
    private Uri? _lastPlain;
    private Uri? _lastSecure;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var uri = request.RequestUri!;
        request.RequestUri = Secure(uri);
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
        request.RequestUri = Secure(uri);
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

    private Uri Secure(Uri uri)
    {
        if (uri.Scheme != Uri.UriSchemeHttp)
            return uri;
        // Calls that repeat a URL object, as those of BaseAddress alone do, pay for its twin once. A race costs one more.
        if (ReferenceEquals(Volatile.Read(ref _lastPlain), uri) && Volatile.Read(ref _lastSecure) is { } twin && twin.PathAndQuery == uri.PathAndQuery && twin.Host == uri.Host)
            return twin;
        var secure = new Uri(string.Concat("https://", uri.GetComponents(UriComponents.Host | UriComponents.PathAndQuery | UriComponents.Fragment, UriFormat.UriEscaped)),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = false });
        Volatile.Write(ref _lastSecure, secure);
        Volatile.Write(ref _lastPlain, uri);
        return secure;
    }
}
