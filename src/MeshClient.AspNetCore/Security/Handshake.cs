using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshClient.Identity;

namespace MeshClient.AspNetCore.Security;

/// <summary>One TLS handshake: presents the leaf that is in force, and asks the caller for a certificate that proves who it is.</summary>
internal sealed class Handshake(LeafCertificate leaf, TrustBundle? bundle, List<SslApplicationProtocol> protocols, TimeProvider time)
{
    /// <summary>What was found of the caller; null = the handshake ended before it showed a certificate or none.</summary>
    public PeerFinding? Finding { get; private set; }

    /// <exception cref="AuthenticationException">The caller was refused, or the two sides have nothing in common.</exception>
    public Task RunAsync(SslStream stream, CancellationToken cancellationToken) => stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
    {
        ServerCertificateContext = leaf.Context,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = protocols,
        // Each connection proves anew who is there, by certificates that are valid now.
        AllowTlsResume = false,
        AllowRenegotiation = false,
        RemoteCertificateValidationCallback = Verify,
        // The platform's own result plays no part; this keeps it from the network and from the machine's roots.
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        },
    }, cancellationToken);

    private bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Finding = PeerVerifier.Verify(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, bundle, PeerRole.Client, null, time.GetUtcNow());
        return Finding.Value.IsAccepted;
    }
}
