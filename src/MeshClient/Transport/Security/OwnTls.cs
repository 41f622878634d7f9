using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace MeshClient.Transport.Security;

/// <summary>What the application's own hook has set of TLS, and mutual TLS replaces.</summary>
internal static class OwnTls
{
    /// <summary>The setting of a handler that counts for nothing; null = there is none.</summary>
    public static string? In(SocketsHttpHandler handler) =>
        handler.PlaintextStreamFilter is not null ? nameof(handler.PlaintextStreamFilter)
        : IsSet(handler.SslOptions) ? nameof(handler.SslOptions)
        : null;

    private static bool IsSet(SslClientAuthenticationOptions options) =>
        options is not
        {
            TargetHost: null, ClientCertificates: null, ClientCertificateContext: null, LocalCertificateSelectionCallback: null, RemoteCertificateValidationCallback: null,
            CertificateChainPolicy: null, CipherSuitesPolicy: null, ApplicationProtocols: null, EnabledSslProtocols: 0,
            CertificateRevocationCheckMode: X509RevocationMode.NoCheck, AllowTlsResume: true, AllowRenegotiation: true,
        };
}
