using System.Net.Security;
using System.Security.Authentication;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using MeshClient.Transport.Security;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Transport.Security;

public sealed class OwnTlsTests
{
    public static TheoryData<string, Action<SslClientAuthenticationOptions>> Settings => new()
    {
        { "TargetHost", o => o.TargetHost = "x" },
        { "ClientCertificates", o => o.ClientCertificates = [] },
        { "RemoteCertificateValidationCallback", o => o.RemoteCertificateValidationCallback = (_, _, _, _) => true },
        { "ApplicationProtocols", o => o.ApplicationProtocols = [SslApplicationProtocol.Http2] },
        { "EnabledSslProtocols", o => o.EnabledSslProtocols = SslProtocols.Tls13 },
    };

    [Fact]
    public void A_handler_as_it_is_made_sets_nothing()
    {
        using var handler = new SocketsHttpHandler();
        Assert.Null(OwnTls.In(handler));
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Each_setting_of_tls_is_found(string what, Action<SslClientAuthenticationOptions> set)
    {
        using var handler = new SocketsHttpHandler();
        set(handler.SslOptions);
        Assert.True(OwnTls.In(handler) == "SslOptions", what);
    }

    [Fact]
    public void What_mutual_tls_replaces_is_said_once()
    {
        var time = new FakeTimeProvider();
        var log = new TestLog<PeerRefusals>();
        var leaf = TestAuthority.Root(time: time).Issue("web");
        var security = new ClientSecurity(MeshSecurity.Off, time, new PeerRefusals(time, log));
        for (var i = 0; i < 3; i++)
        {
            using var handler = new SocketsHttpHandler { ConnectCallback = (_, _) => new(Stream.Null), PlaintextStreamFilter = (_, _) => new(Stream.Null) };
            using var connections = new SecureConnections(security, LeafCertificate.FromPem(leaf.ChainPem, leaf.KeyPem), new("catalog"), Make.Endpoint(i));
            connections.Apply(handler);
        }
        Assert.Contains("catalog: PlaintextStreamFilter is set", Assert.Single(log.Entries, e => e.Id == 1682).Text, StringComparison.Ordinal);
    }
}
