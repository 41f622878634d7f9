using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Primitives;

namespace MeshClient.Transport.Security;

/// <summary>
/// The connections to one endpoint by one leaf: mutual TLS with a peer that must be exactly one workload, whatever its address and the URL's host. When the
/// leaf expires, what still lives on it is cut.
/// </summary>
internal sealed class SecureConnections : IDisposable
{
    private readonly HashSet<Socket> _sockets = [];
    private readonly Lock _turn = new();
    private readonly ClientSecurity _security;
    private readonly LeafCertificate _leaf;
    private readonly ServiceName _service;
    private readonly Endpoint _endpoint;
    private readonly ITimer _expiry;
    private bool _disposed;

    public SecureConnections(ClientSecurity security, LeafCertificate leaf, ServiceName service, Endpoint endpoint)
    {
        _security = security;
        _leaf = leaf;
        _service = service;
        _endpoint = endpoint;
        _expiry = security.Time.CreateDetachedTimer(static state => ((SecureConnections)state!).OnExpiry(), this);
        SetTimer();
    }

    /// <summary>Puts mutual TLS into a handler.</summary>
    public void Apply(SocketsHttpHandler handler)
    {
        if (OwnTls.In(handler) is { } setting)
            _security.Refusals.TellOwnTls(_service, setting);
        var connect = handler.ConnectCallback!;
        var tls = Tls();
        handler.ConnectCallback = async (context, token) =>
        {
            // A leaf that has expired would only be refused by the peer, without a word why.
            _security.UsableLeaf(_endpoint);
            if (_security.Now >= _leaf.NotAfter)
                throw Outlived();
            var stream = Track(await connect(context, token).ConfigureAwait(false));
            return _endpoint.IsSidecar ? await SidecarTunnel.OpenAsync(stream, tls, _endpoint, token).ConfigureAwait(false) : stream;
        };
        handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new FirstWordStream(context.PlaintextStream, _endpoint));
        if (!_endpoint.IsSidecar)
            handler.SslOptions = tls;
    }

    /// <summary>No new connection is made; those that live go on until they are idle, or the leaf expires.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _disposed = true;
            if (_sockets.Count == 0)
                _expiry.Dispose();
        }
    }

    private SslClientAuthenticationOptions Tls() => new()
    {
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ClientCertificateContext = _leaf.Context,
        RemoteCertificateValidationCallback = Verify,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        // The platform's own chain decides nothing; it must not go to the network either.
        CertificateChainPolicy = new X509ChainPolicy
        {
            DisableCertificateDownloads = true,
            RevocationMode = X509RevocationMode.NoCheck,
            TrustMode = X509ChainTrustMode.CustomRootTrust,
        },
    };

    private bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var finding = PeerVerifier.Verify(
            certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, _security.Identity.Bundle, PeerRole.Server,
            _security.Expected(_service, _endpoint, _leaf), _security.Now);
        return finding.IsAccepted ? true : throw new MeshIdentityException(finding.Verdict, $"{_endpoint} is not who it must be: {finding.Detail}");
    }

    private Stream Track(Stream stream)
    {
        if (stream is not NetworkStream { Socket: var socket })
            return stream;
        lock (_turn)
            _sockets.Add(socket);
        return new TrackedStream(stream, () => Forget(socket));
    }

    private void Forget(Socket socket)
    {
        lock (_turn)
        {
            _sockets.Remove(socket);
            if (_disposed && _sockets.Count == 0)
                _expiry.Dispose();
        }
    }

    private void OnExpiry()
    {
        if (_security.Now < _leaf.NotAfter)
        {
            SetTimer();
            return;
        }
        Socket[] sockets;
        _security.NoteCut(_leaf);
        lock (_turn)
            sockets = [.. _sockets];
        foreach (var socket in sockets)
            socket.Dispose();
    }

    // The leaf has been replaced, but this connection is asked for by a call from before.
    private MeshIdentityException Outlived() => new(PeerVerdict.Expired,
        $"No connection to {_endpoint}: the certificate that it would be made by ({_leaf.Id}) expired at {_leaf.NotAfter.UtcDateTime:u}, during the call. It has been replaced: make the call anew.", isOwn: true);

    // Timers take less than 50 days.
    private void SetTimer()
    {
        var left = _leaf.NotAfter - _security.Now;
        var longest = TimeSpan.FromDays(1);
        _expiry.Change(left <= TimeSpan.Zero ? TimeSpan.Zero : left < longest ? left : longest, Timeout.InfiniteTimeSpan);
    }
}
