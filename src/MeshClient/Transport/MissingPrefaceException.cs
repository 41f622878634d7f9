namespace MeshClient.Transport;

/// <summary>
/// The peer closed an HTTP/2 connection before its first byte. A server's preface comes before all else that it sends (RFC 9113, 3.4), so none has taken a call from the
/// connection: what accepted it was a proxy without a server behind it, or a server that was going down.
/// </summary>
/// <param name="endpoint">The peer.</param>
/// <param name="inner">What the connection said of it; null = it ended.</param>
internal sealed class MissingPrefaceException(string endpoint, Exception? inner) : IOException(
    $"{endpoint} accepted the connection and {(inner is null ? "closed" : "reset")} it before it had sent anything; expected the first frame of an HTTP/2 server (SETTINGS). "
    + "Does a server listen there, and not only a proxy before it?", inner);
