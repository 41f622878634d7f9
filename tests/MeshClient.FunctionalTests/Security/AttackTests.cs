using MeshClient.TestKit.Certificates;

namespace MeshClient.FunctionalTests.Security;

/// <summary>What must not get in on a strict endpoint, the matrix of <see cref="BadCertificate"/> and bytes that are no handshake: each is refused with its reason in the log, and the next good caller is served.</summary>
public sealed class AttackTests
{
    private static readonly TestAuthority s_root = TestAuthority.Root();
    private static readonly TestAuthority s_authority = s_root.Intermediate();

    public static TheoryData<string> Certificates => [.. BadCertificate.Names];

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task A_certificate_that_proves_nothing_is_refused(string name)
    {
        var certificate = BadCertificate.Of(name);
        await RefusedAsync(certificate.Make(new(s_authority, "api", LeafRequest.ServerAuthentication)), certificate.Logged);
    }

    [Fact]
    public Task A_caller_without_a_certificate_is_refused() => RefusedAsync(null, "Expected a certificate of the mesh, found none");

    [Fact]
    public async Task A_certificate_of_another_service_proves_that_service_and_no_more()
    {
        var intentions = new TestIntentions(allowByDefault: false);
        intentions.Say(false, TestIntentions.AllowPath("api", "/"));
        await using var server = await SecureServer.StartAsync(s_authority, intentions: intentions);
        await Eventually.True(async () => (await GoodAsync(server)).Contains("api by", StringComparison.Ordinal));

        Assert.StartsWith("HTTP/1.1 403", await Caller.GetAsync(server.Port, s_authority.Issue("other")));

        Assert.Contains("svc/other is denied by default", server.Log.Of(1645).Last().Text);
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

    private static async Task RefusedAsync(TestLeaf? certificate, string reason)
    {
        await using var server = await SecureServer.StartAsync(s_authority);

        Assert.Equal(Caller.Refused, await Caller.GetAsync(server.Port, certificate));

        Assert.Contains(reason, Assert.Single(server.Log.Of(1440)).Text);
        Assert.Contains("api by HTTP/1.1 https", await GoodAsync(server));
    }

    private static string Held(string text) => text[(text.IndexOf("refused; ", StringComparison.Ordinal) + 9)..(text.IndexOf(" more", StringComparison.Ordinal) + 5)];

    private static Task<string> GoodAsync(SecureServer server) => Caller.GetAsync(server.Port, s_authority.Issue("api"));

    // A client that knows no version above 1.1 (0x0302), with two suites of that time.
    private static byte[] Hello(byte minor)
    {
        byte[] body = [0x03, minor, .. new byte[32], 0, 0, 4, 0xC0, 0x0A, 0x00, 0x35, 1, 0];
        return [0x16, 0x03, 0x01, 0, (byte)(body.Length + 4), 1, 0, 0, (byte)body.Length, .. body];
    }
}
