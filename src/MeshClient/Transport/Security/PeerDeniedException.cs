using System.Net.Sockets;

namespace MeshClient.Transport.Security;

/// <summary>The peer refused this process right after the handshake.</summary>
/// <param name="endpoint">The peer.</param>
/// <param name="inner">What the connection said of it; null = it ended.</param>
internal sealed class PeerDeniedException(string endpoint, Exception? inner) : IOException(
    $"denied by the peer: {endpoint} closed the connection right after the handshake{(inner is null ? "" : $" ({inner.GetBaseException().Message})")}. Does it trust this "
    + "process's certificate, and do its intentions allow this service?", inner)
{
    /// <summary>
    /// Whether the peer said so, by an alert. A connection that only ends may as well be that of a server that goes down, or of a sidecar whose service is away.
    /// </summary>
    public bool IsAlert { get; } = inner is IOException { InnerException: not null and not SocketException };
}
