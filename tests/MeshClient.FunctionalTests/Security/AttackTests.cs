using System.Security.Cryptography.X509Certificates;
using MeshClient.TestKit.Certificates;

namespace MeshClient.FunctionalTests.Security;

/// <summary>What must not get in on a strict endpoint: each is refused with its reason in the log, and the next good caller is served.</summary>
public sealed class AttackTests
{
    private const string Domain = TestAuthority.DefaultTrustDomain;
    private static readonly TestAuthority s_root = TestAuthority.Root();
    private static readonly TestAuthority s_authority = s_root.Intermediate();

    public static TheoryData<string, string> Certificates => new()
    {
        { "none", "found none" },
        { "self-signed", "Expected a chain" },
        { "of another CA", "Expected a chain" },
        { "of another trust domain", "Expected an identity of the trust domain" },
        { "expired", "was valid until" },
        { "not yet valid", "is valid from" },
        { "without a URI", "Expected one URI" },
        { "with two URIs", "found 2" },
        { "with a DNS name alone", "found none" },
        { "with extra segments", "Expected the identity" },
        { "with an encoded slash", "Expected the identity" },
        { "in upper case", "Expected the identity" },
        { "with a user", "Expected the identity" },
        { "with a port", "Expected the identity" },
        { "for servers alone", "without that usage" },
        { "of an authority", "found that of the authority" },
        { "without its intermediate", "Expected a chain" },
        { "of a megabyte", "Expected a TLS handshake" },
    };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task A_certificate_that_proves_nothing_is_refused(string certificate, string reason)
    {
        await using var server = await SecureServer.StartAsync(s_authority);

        Assert.Equal(Caller.Refused, await Caller.GetAsync(server.Port, Certificate(certificate)));

        Assert.Contains(reason, Assert.Single(server.Log.Of(1440)).Text);
        Assert.Contains("api by HTTP/1.1 https", await GoodAsync(server));
    }

    [Theory]
    [InlineData("plain text", "found plain text")]
    [InlineData("garbage", "found another first byte")]
    [InlineData("TLS 1.1", "Expected a TLS handshake")]
    [InlineData("a hello that is none", "Expected a TLS handshake")]
    public async Task Bytes_that_are_no_handshake_are_refused(string what, string reason)
    {
        await using var server = await SecureServer.StartAsync(s_authority);

        var answer = await Caller.SendAsync(server.Port, what switch
        {
            "plain text" => Caller.PlainRequest(),
            "garbage" => [0xFF, 0x00, 0x41],
            "TLS 1.1" => Hello(0x02),
            _ => [0x16, 0x03, 0x01, 0x00, 0x05, 0xDE, 0xAD, 0xBE, 0xEF, 0x00],
        });

        // An alert of TLS may come before the end; never an answer of HTTP.
        Assert.DoesNotContain("HTTP", answer);
        Assert.Contains(reason, Assert.Single(server.Log.Of(1440)).Text);
        Assert.Contains("api by HTTP/1.1 https", await GoodAsync(server));
    }

    [Theory]
    [InlineData(new byte[0], "its first byte")]
    [InlineData(new byte[] { 0x16, 0x03, 0x01 }, "the end of the TLS handshake")]
    public async Task A_caller_that_stalls_is_let_go_after_the_time_of_the_option(byte[] sent, string reason)
    {
        await using var server = await SecureServer.StartAsync(s_authority);
        using var socket = await Caller.ConnectAsync(server.Port);
        await socket.SendAsync(sent);

        var closed = Caller.IsClosedAsync(socket);
        while (!closed.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(closed, Task.Delay(20));
        }

        Assert.True(await closed);
        Assert.Contains(reason, Assert.Single(server.Log.Of(1440)).Text);
    }

    [Fact]
    public async Task Without_a_certificate_of_its_own_the_server_refuses_and_serves_once_it_has_one()
    {
        await using var server = await SecureServer.StartAsync(null);
        Assert.Contains("a certificate", Assert.Single(server.Log.Of(1443)).Text);

        Assert.Equal(Caller.Refused, await Caller.GetAsync(server.Port, s_authority.Issue("api")));
        Assert.Contains("found none yet", Assert.Single(server.Log.Of(1440)).Text);

        server.Identity.Say(s_authority, s_authority.Issue(SecureServer.Service));
        await Eventually.True(async () => (await GoodAsync(server)).Contains("https", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_an_expired_certificate_of_its_own_the_server_refuses()
    {
        await using var server = await SecureServer.StartAsync(s_authority, leaf: s_authority.Issue(
            new LeafRequest { Service = SecureServer.Service, NotAfter = DateTimeOffset.UtcNow.AddMinutes(10) }));
        Assert.Contains("https", await GoodAsync(server));

        server.Time.Advance(TimeSpan.FromMinutes(11));

        Assert.Equal(Caller.Refused, await GoodAsync(server));
        Assert.Contains("The certificate of this process was valid until", Assert.Single(server.Log.Of(1440)).Text);
    }

    [Fact]
    public async Task The_same_refusal_is_logged_once_in_a_while()
    {
        await using var server = await SecureServer.StartAsync(s_authority);

        for (var i = 0; i < 3; i++)
            await Caller.SendAsync(server.Port, Caller.PlainRequest());
        server.Time.Advance(TimeSpan.FromSeconds(11));
        await Caller.SendAsync(server.Port, Caller.PlainRequest());

        Assert.Equal(["0 more", "2 more"], server.Log.Of(1440).Select(l => Held(l.Text)));
    }

    private static string Held(string text) => text[(text.IndexOf("refused; ", StringComparison.Ordinal) + 9)..(text.IndexOf(" more", StringComparison.Ordinal) + 5)];

    private static Task<string> GoodAsync(SecureServer server) => Caller.GetAsync(server.Port, s_authority.Issue("api"));

    private static TestLeaf? Certificate(string what) => what switch
    {
        "none" => null,
        "self-signed" => s_authority.SelfSigned(new LeafRequest { Service = "api" }),
        "of another CA" => TestAuthority.Root().Intermediate().Issue("api"),
        "of another trust domain" => Issue(new() { TrustDomain = "other.consul" }),
        "expired" => Issue(new() { NotBefore = DateTimeOffset.UtcNow.AddHours(-2), NotAfter = DateTimeOffset.UtcNow.AddHours(-1) }),
        "not yet valid" => Issue(new() { NotBefore = DateTimeOffset.UtcNow.AddHours(1) }),
        "without a URI" => Issue(new() { Uris = [] }),
        "with two URIs" => Issue(new() { Uris = [Uri("/svc/api"), Uri("/svc/web")] }),
        "with a DNS name alone" => Issue(new() { Uris = [], DnsNames = ["api"] }),
        "with extra segments" => Issue(new() { Uris = [Uri("/svc/api/more")] }),
        "with an encoded slash" => Issue(new() { Uris = [Uri("/svc/a%2Fpi")] }),
        "in upper case" => Issue(new() { Uris = [Uri("/SVC/api")] }),
        "with a user" => Issue(new() { Uris = [$"spiffe://user@{Domain}/ns/default/dc/dc1/svc/api"] }),
        "with a port" => Issue(new() { Uris = [$"spiffe://{Domain}:80/ns/default/dc/dc1/svc/api"] }),
        "for servers alone" => Issue(new() { Usages = [LeafRequest.ServerAuthentication] }),
        "of an authority" => Issue(new() { IsAuthority = true, KeyUsages = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign }),
        "without its intermediate" => s_authority.Issue("api").With(),
        "of a megabyte" => Issue(new() { Ballast = 1 << 20 }),
        _ => throw new ArgumentException($"Expected a certificate of the list, found \"{what}\"."),
    };

    private static TestLeaf Issue(LeafRequest request) => s_authority.Issue(request with { Service = "api" });

    private static string Uri(string end) => $"spiffe://{Domain}/ns/default/dc/dc1{end}";

    // A client that knows no version above 1.1 (0x0302), with two suites of that time.
    private static byte[] Hello(byte minor)
    {
        byte[] body = [0x03, minor, .. new byte[32], 0, 0, 4, 0xC0, 0x0A, 0x00, 0x35, 1, 0];
        return [0x16, 0x03, 0x01, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body];
    }
}
