using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MeshClient.AspNetCore.Security;

/// <summary>What the server and the application ask of TLS: the scheme, the protocol, the caller's certificate.</summary>
internal sealed class TlsFeature(SslStream stream) : ITlsConnectionFeature, ITlsApplicationProtocolFeature, ITlsHandshakeFeature, ISslStreamFeature
{
    // Where ALPN tells nothing, the protocol is what the first bytes say.
    private ReadOnlyMemory<byte>? _recognised;

    public X509Certificate2? ClientCertificate { get; set; } = stream.RemoteCertificate as X509Certificate2;

    public ReadOnlyMemory<byte> ApplicationProtocol => _recognised ?? stream.NegotiatedApplicationProtocol.Protocol;

    public SslProtocols Protocol => stream.SslProtocol;

    public TlsCipherSuite? NegotiatedCipherSuite => stream.NegotiatedCipherSuite;

    public string HostName => stream.TargetHostName;

    public SslStream SslStream => stream;

#pragma warning disable SYSLIB0058 // The interface still asks for them.
    public CipherAlgorithmType CipherAlgorithm => stream.CipherAlgorithm;

    public int CipherStrength => stream.CipherStrength;

    public HashAlgorithmType HashAlgorithm => stream.HashAlgorithm;

    public int HashStrength => stream.HashStrength;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => stream.KeyExchangeAlgorithm;

    public int KeyExchangeStrength => stream.KeyExchangeStrength;
#pragma warning restore SYSLIB0058

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

    public void Recognise(SslApplicationProtocol protocol) => _recognised = protocol.Protocol;

    public void AddTo(ConnectionContext connection)
    {
        connection.Features.Set<ITlsConnectionFeature>(this);
        connection.Features.Set<ITlsApplicationProtocolFeature>(this);
        connection.Features.Set<ITlsHandshakeFeature>(this);
        connection.Features.Set<ISslStreamFeature>(this);
    }
}
