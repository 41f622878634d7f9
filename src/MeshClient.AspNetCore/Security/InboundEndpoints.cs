using System.Runtime.CompilerServices;
using MeshClient.Configuration;
using MeshClient.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.AspNetCore.Security;

/// <summary>Knows the server's endpoints and puts a gate before those that are the mesh's.</summary>
internal sealed class InboundEndpoints(MeshOptionsSource options, IServiceProvider services, IConfiguration? configuration = null)
{
    // Weak: the server makes endpoints anew when its configuration changes, and lets those go that it closes.
    private readonly ConditionalWeakTable<ListenOptions, InboundEndpoint> _known = new();
    private readonly InboundOptions _inbound = options.Current.Inbound;
    private readonly SecurityMode _mode = options.Current.Security.Mode;
    private bool _codeIsDone;

    /// <summary>The endpoints that were seen.</summary>
    public IEnumerable<InboundEndpoint> Known => _known.Select(e => e.Value);

    /// <summary>The entries of the options that are about none of the endpoints.</summary>
    public IEnumerable<string> UnknownEntries =>
        _inbound.Endpoints.Concat(_inbound.ExcludedEndpoints).Except(Known.SelectMany(e => e.Entries), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the endpoint at an address is one that the mesh leaves alone; known once the server listens.</summary>
    public bool IsLeftAlone(string address) => Known.Any(e => !e.IsOwned && EndpointAddress.IsAt(e.Listen, address));

    /// <summary>The application's code has made its endpoints; those that come now stand in the configuration.</summary>
    public void EndOfCode() => _codeIsDone = true;

    /// <summary>Leaves an endpoint alone.</summary>
    public void Exclude(ListenOptions listen) => Attach(listen)?.Exclude();

    /// <summary>Puts a gate before an endpoint, once; whether it is the mesh's is decided when the server begins to listen.</summary>
    /// <returns>Null where the mode is Off.</returns>
    public InboundEndpoint? Attach(ListenOptions listen)
    {
        if (_mode == SecurityMode.Off)
            return null;
        if (_known.TryGetValue(listen, out var known))
            return known;
        var endpoint = new InboundEndpoint(listen, !_codeIsDone, _inbound, configuration?[WebHostDefaults.ServerUrlsKey]);
        _known.Add(listen, endpoint);
        listen.Use(next => Build(endpoint, next));
        ((IMultiplexedConnectionBuilder)listen).Use(next => Build(endpoint, next));
        // Else the server would ask for a certificate of its own. Its TLS lets connections through that have been through the gate's.
        if (endpoint.IsHttps && endpoint.IsOwned)
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = static _ => throw new InvalidOperationException("Expected a connection that has been through the mesh's TLS.") });
        return endpoint;
    }

    private ConnectionDelegate Build(InboundEndpoint endpoint, ConnectionDelegate next)
    {
        if (!endpoint.IsOwned)
            return connection => next(LeaveAlone(connection));
        var takesPlain = _mode == SecurityMode.Permissive && !endpoint.IsHttps;
        var listen = endpoint.Listen;
        return new ConnectionGate(
            services.GetRequiredService<GateServices>(), listen.Protocols, takesPlain, listen.KestrelServerOptions.Limits.KeepAliveTimeout, next).OnConnectionAsync;
    }

    private MultiplexedConnectionDelegate Build(InboundEndpoint endpoint, MultiplexedConnectionDelegate next)
    {
        if (!endpoint.IsOwned)
            return connection => next(LeaveAlone(connection));
        var refusals = services.GetRequiredService<Refusals>();
        return connection =>
        {
            refusals.Refuse(connection, InboundMetrics.Unknown, "Expected HTTP/1.1 or HTTP/2 on an endpoint of the mesh, found HTTP/3.");
            connection.Abort(new ConnectionAbortedException("HTTP/3 is not served here."));
            return Task.CompletedTask;
        };
    }

    private static T LeaveAlone<T>(T connection)
        where T : BaseConnectionContext
    {
        connection.Features.Set(MeshConnection.LeftAlone);
        connection.Features.Set<IMeshCaller>(MeshConnection.LeftAlone);
        return connection;
    }
}
