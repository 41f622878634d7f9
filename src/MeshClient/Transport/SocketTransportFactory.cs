using System.Net;
using System.Net.Sockets;
using MeshClient.Model;
using MeshClient.Transport.Security;

namespace MeshClient.Transport;

/// <summary>Makes the handler that speaks with one endpoint.</summary>
internal interface ITransportFactory
{
    /// <summary>A handler whose every connection goes to <paramref name="target"/>, whatever the URL says.</summary>
    HttpMessageHandler Create(TransportTarget target, TransportOptions options);
}

/// <summary>Where a transport goes.</summary>
/// <param name="Upstream">The mesh's name of the service.</param>
/// <param name="Service">The registry's name of it.</param>
/// <param name="Endpoint">The instance.</param>
internal readonly record struct TransportTarget(string Upstream, ServiceName Service, Endpoint Endpoint);

/// <summary>
/// Sockets to one address. The request keeps its logical URL, so Host and SNI name the service on every attempt, and no Uri is built per
/// call: a handler bound to the endpoint costs a pool each, a rewritten Uri costs every request.
/// </summary>
internal sealed class SocketTransportFactory(ClientSecurity security, Action<string, SocketsHttpHandler>? configure = null) : ITransportFactory
{
    private static readonly TimeSpan s_lifetimeOfHostNames = TimeSpan.FromMinutes(5);

    public HttpMessageHandler Create(TransportTarget to, TransportOptions options)
    {
        var handler = CreatePlain(to.Upstream, to.Endpoint, options);
        if (!security.Covers(to.Endpoint))
        {
            PrefaceStream.Apply(handler, to.Endpoint);
            return handler;
        }
        try
        {
            var connections = new SecureConnections(security, security.UsableLeaf(to.Endpoint), to.Service, to.Endpoint);
            connections.Apply(handler);
            return new SecureHandler(handler, connections, to.Endpoint.IsSidecar ? Uri.UriSchemeHttp : Uri.UriSchemeHttps);
        }
        catch
        {
            handler.Dispose();
            throw;
        }
    }

    private SocketsHttpHandler CreatePlain(string upstream, Endpoint endpoint, TransportOptions options)
    {
        var isHostName = !IPAddress.TryParse(endpoint.Host, out var address);
        EndPoint target = isHostName ? new DnsEndPoint(endpoint.Host, endpoint.Port) : new IPEndPoint(address!, endpoint.Port);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = options.PooledConnectionIdleTimeout,
            PooledConnectionLifetime = options.PooledConnectionLifetime ?? (isHostName ? s_lifetimeOfHostNames : Timeout.InfiniteTimeSpan),
            MaxConnectionsPerServer = options.MaxConnectionsPerEndpoint,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = options.KeepAlivePingDelay,
            KeepAlivePingTimeout = options.KeepAlivePingTimeout,
            // A connection without calls harms nobody by being dead, and servers of gRPC count pings on it as abuse.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        configure?.Invoke(upstream, handler);
        // Set after the user's hook: these make the difference between the endpoint that was chosen and any other peer.
        handler.AllowAutoRedirect = false;
        // The mesh makes the span of the attempt and hands its context on; .NET's own would tell the same once more.
        handler.ActivityHeadersPropagator = null;
        handler.UseCookies = false;
        handler.UseProxy = false;
        handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(target, options, IsHttp2(context.InitialRequestMessage), cancellationToken);
        return handler;
    }

    // As gRPC asks for it; what may be either is treated as HTTP/1.1.
    private static bool IsHttp2(HttpRequestMessage request) => request.Version.Major == 2 && request.VersionPolicy != HttpVersionPolicy.RequestVersionOrLower;

    private static async ValueTask<Stream> ConnectAsync(EndPoint target, TransportOptions options, bool isHttp2, CancellationToken cancellationToken)
    {
        // A socket of the address's own family: one for both would have .NET name an IPv4 peer ::ffff:10.0.0.1 in its signals.
        var socket = target is IPEndPoint
            ? new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
            TcpKeepAlive.Apply(socket, options, isHttp2);
            // .NET asks for it next, and where the peer has reset the connection by then tells that as no failure of HTTP's. The socket keeps it.
            _ = socket.RemoteEndPoint;
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
