using System.Net.Security;
using MeshClient.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Stands before an endpoint of the mesh: each connection proves by TLS who the caller is, or is plain text where the mode allows it, or ends here.
/// </summary>
internal sealed class ConnectionGate(GateServices services, HttpProtocols protocols, bool takesPlain, TimeSpan keepAlive, ConnectionDelegate next)
{
    private readonly List<SslApplicationProtocol> _protocols = Names(protocols);

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        TlsTransport? tls = null;
        try
        {
            MeshConnection? accepted;
            using (var limit = new CancellationTokenSource(services.HandshakeTimeout, services.Time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, StopOf(connection)))
                (accepted, tls) = await OpenAsync(connection, limit.Token, either.Token).ConfigureAwait(false);
            if (accepted is null)
                return;
            connection.Features.Set(accepted);
            connection.Features.Set<IMeshCaller>(accepted);
            if (tls is null)
                await next(connection).ConfigureAwait(false);
            else
                await ServeAsync(connection, tls, accepted).ConfigureAwait(false);
        }
        finally
        {
            if (tls is not null)
                await tls.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<(MeshConnection?, TlsTransport?)> OpenAsync(ConnectionContext connection, CancellationToken limit, CancellationToken either)
    {
        Opening opening;
        try
        {
            opening = await FirstBytes.ReadOpeningAsync(connection.Transport.Input, either).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            Stalled(connection, "its first byte");
            return default;
        }
        // The peer has gone before it said anything, or the server stops.
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return default;
        }
        switch (opening)
        {
            case Opening.Nothing:
                return default;
            case Opening.Tls:
                return await HandshakeAsync(connection, limit, either).ConfigureAwait(false);
            case Opening.Plain when takesPlain:
                services.Metrics.Connection(InboundMetrics.Plain);
                return (MeshConnection.Plain(connection.RemoteEndPoint), null);
            case Opening.Plain:
                Refuse(connection, InboundMetrics.PlainRefused, "Expected TLS, found plain text: Mesh:Security:Mode is Strict, or the endpoint's own scheme is https.");
                return default;
            default:
                Refuse(connection, InboundMetrics.Unknown, "Expected a TLS handshake, found another first byte.");
                return default;
        }
    }

    private async ValueTask<(MeshConnection?, TlsTransport?)> HandshakeAsync(ConnectionContext connection, CancellationToken limit, CancellationToken either)
    {
        var identity = services.Identity.Current;
        if (identity.Leaf is not { } leaf)
        {
            Refuse(connection, InboundMetrics.NoLeaf, $"Expected a certificate of this process to present, found none yet. {services.Identity.Trouble}");
            return default;
        }
        if (leaf.NotAfter <= services.Time.GetUtcNow())
        {
            Refuse(connection, InboundMetrics.LeafExpired, $"The certificate of this process was valid until {leaf.NotAfter.UtcDateTime:u}. {services.Identity.Trouble}");
            return default;
        }
        var handshake = new Handshake(leaf, identity.Bundle, _protocols, services.Time);
        var tls = new TlsTransport(connection);
        try
        {
            await handshake.RunAsync(tls.Stream, either).ConfigureAwait(false);
            services.Metrics.Connection(InboundMetrics.Mutual);
            var caller = handshake.Finding!.Value;
            return (MeshConnection.Of(caller.Id!, caller.NotAfter!.Value, connection.RemoteEndPoint), tls);
        }
        // Whatever a peer sends, it is a refusal of this connection and never a fault of the server.
        catch (Exception error)
        {
            if (handshake.Finding is { IsAccepted: false } finding)
                Refuse(connection, InboundMetrics.NameOf(finding.Verdict), finding.Detail);
            else if (limit.IsCancellationRequested)
                Stalled(connection, "the end of the TLS handshake");
            else if (!either.IsCancellationRequested)
                Refuse(connection, InboundMetrics.Failed, $"Expected a TLS handshake (1.2 or newer) with a certificate, found one that failed: {Innermost(error)}");
            await tls.DisposeAsync().ConfigureAwait(false);
            return default;
        }
    }

    private async Task ServeAsync(ConnectionContext connection, TlsTransport tls, MeshConnection caller)
    {
        var feature = new TlsFeature(tls.Stream);
        feature.AddTo(connection);
        var transport = connection.Transport;
        connection.Transport = tls;
        try
        {
            using var end = new CertificateEnd(connection, caller, services.Time, services.Logger);
            if (await RecogniseAsync(connection, tls, feature).ConfigureAwait(false))
                await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    // The server goes by ALPN. Some callers use none, and Consul's own sidecar says "h2" for whatever it hands on: what is spoken, the first bytes tell.
    private async ValueTask<bool> RecogniseAsync(ConnectionContext connection, TlsTransport tls, TlsFeature feature)
    {
        var agreed = tls.Stream.NegotiatedApplicationProtocol;
        if (agreed == SslApplicationProtocol.Http11 || (agreed.Protocol.IsEmpty && !protocols.HasFlag(HttpProtocols.Http2)))
            return true;
        using var limit = new CancellationTokenSource(keepAlive, services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, StopOf(connection));
        try
        {
            var isHttp2 = await FirstBytes.IsHttp2Async(tls.Input, either.Token).ConfigureAwait(false);
            feature.Recognise(isHttp2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11);
            return true;
        }
        // A connection at rest that nobody misses, the stop of the server, or a peer that has gone.
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    private static CancellationToken StopOf(ConnectionContext connection) =>
        connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;

    private void Stalled(ConnectionContext connection, string what) => Refuse(connection, InboundMetrics.Timeout,
        $"Expected {what} within {services.HandshakeTimeout.TotalSeconds:0.#} s (Mesh:Inbound:HandshakeTimeout), found nothing more.");

    private void Refuse(ConnectionContext connection, string kind, string reason) => services.Refusals.Refuse(connection, kind, reason.TrimEnd());

    private static string Innermost(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return error.Message;
    }

    // An endpoint of HTTP/1.1 takes "h2" where nothing else is offered, which a sidecar means nothing by.
    private static List<SslApplicationProtocol> Names(HttpProtocols protocols) => (protocols & HttpProtocols.Http1AndHttp2) switch
    {
        HttpProtocols.Http1 => [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
        HttpProtocols.Http2 => [SslApplicationProtocol.Http2],
        _ => [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
    };
}

/// <summary>What all gates share.</summary>
internal sealed class GateServices(
    IdentityKeeper identity, Refusals refusals, InboundMetrics metrics, TimeProvider time, Configuration.MeshOptionsSource options, ILogger<ConnectionGate> logger)
{
    public IdentityKeeper Identity => identity;

    public Refusals Refusals => refusals;

    public InboundMetrics Metrics => metrics;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    public TimeSpan HandshakeTimeout { get; } = options.Current.Inbound.HandshakeTimeout;
}
