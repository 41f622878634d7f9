using System.Net.Security;
using System.Security.Authentication;
using MeshClient.Model;

namespace MeshClient.Transport.Security;

/// <summary>
/// Mutual TLS with a sidecar, below what .NET takes for a plain connection. A sidecar hands the bytes on blindly: to what it says by ALPN the service behind it is not
/// bound, and that service, which knows of no TLS, resets streams of HTTP/2 whose <c>:scheme</c> is <c>https</c>. So the rules of plain text apply: HTTP/1.1, or HTTP/2
/// where the caller insists on it, as gRPC does.
/// </summary>
internal static class SidecarTunnel
{
    /// <exception cref="AuthenticationException">The handshake failed, or the peer is not who it must be.</exception>
    public static async ValueTask<Stream> OpenAsync(Stream connection, SslClientAuthenticationOptions options, Endpoint endpoint, CancellationToken cancellationToken)
    {
        var tls = new SslStream(connection);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch (Exception error)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            if (error is OperationCanceledException)
                throw;
            // The kind that .NET reports as a failure of TLS, as where it encrypts by itself.
            throw new AuthenticationException($"No TLS with the sidecar {endpoint}: {error.Message}", error);
        }
    }
}
