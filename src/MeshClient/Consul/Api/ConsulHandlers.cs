using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Consul.Api;

/// <summary>The connections to the agent: plain handlers of their own, so that the mesh never applies to its own registry.</summary>
internal static class ConsulHandlers
{
    /// <summary>Connections for polls and probes beside the held queries.</summary>
    public const int PollHeadroom = 8;

    /// <summary>Connections for what is held beside the watches of services: roots, leaf and intentions.</summary>
    public const int SecurityHeadroom = 3;

    /// <summary>Connections for registration and heartbeats, which must get through when every watch is held.</summary>
    public const int Writes = 10;

    public static SocketsHttpHandler Create(ConsulSettings settings, int maxConnections)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.GZip,
            ConnectTimeout = settings.Options.ConnectTimeout,
            MaxConnectionsPerServer = maxConnections,
            // A held query would be a span of half a minute in every trace.
            ActivityHeadersPropagator = null,
        };
        if (settings.UnixSocket is { } path)
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        if (settings.Address.Scheme == Uri.UriSchemeHttps)
            handler.SslOptions = Tls(settings);
        return handler;
    }

    private static SslClientAuthenticationOptions Tls(ConsulSettings settings)
    {
        var tls = new SslClientAuthenticationOptions();
        if (settings.CaFile is { } caFile)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(caFile);
            tls.CertificateChainPolicy = policy;
        }
        if (settings is { CertificateFile: { } certificate, KeyFile: { } key })
            tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
        return tls;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
