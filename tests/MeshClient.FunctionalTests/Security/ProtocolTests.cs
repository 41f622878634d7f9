using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MeshClient.TestKit.Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.FunctionalTests.Security;

/// <summary>What callers agree on with the server: Consul's own sidecar sends no name and no protocol.</summary>
public sealed class ProtocolTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root().Intermediate();

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_client_with_ALPN_gets_the_protocol_it_asks_for(string version)
    {
        await using var server = await SecureServer.StartAsync(s_authority);
        using var client = Caller.Client(server.Port, s_authority.Issue("api"), Version.Parse(version));

        Assert.Equal($"api by HTTP/{(version == "2.0" ? "2" : version)} https", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Both_versions_of_TLS_are_served(SslProtocols version)
    {
        await using var server = await SecureServer.StartAsync(s_authority);
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"), protocols: version);

        Assert.Equal(version, stream.SslProtocol);
        Assert.Contains("api by HTTP/1.1 https", await Caller.AskAsync(stream));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Without_ALPN_the_preface_of_HTTP2_is_recognised_however_it_comes(HttpProtocols protocols)
    {
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: o => o.Listen(IPAddress.Loopback, 0, l => l.Protocols = protocols));
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"));

        Assert.True(await Http2.IsServedAsync(stream));
        await using var inPieces = await Caller.OpenAsync(server.Port, s_authority.Issue("api"));
        Assert.True(await Http2.IsServedAsync(inPieces, pieces: true));
    }

    [Fact]
    public async Task Without_ALPN_what_only_begins_like_the_preface_is_HTTP1()
    {
        await using var server = await SecureServer.StartAsync(s_authority);
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"));

        await stream.WriteAsync("PRIVATE / HTTP/1.1\r\nHost: web\r\n\r\n"u8.ToArray());
        var buffer = new byte[4096];
        var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.StartsWith("HTTP/1.1 200", System.Text.Encoding.ASCII.GetString(buffer, 0, read));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    [InlineData(HttpProtocols.Http1)]
    public async Task What_says_h2_by_ALPN_and_speaks_HTTP1_is_served_as_HTTP1(HttpProtocols protocols)
    {
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: o => o.Listen(IPAddress.Loopback, 0, l => l.Protocols = protocols));
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"), SslApplicationProtocol.Http2);

        Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);
        Assert.Contains("api by HTTP/1.1 https", await Caller.AskAsync(stream));
    }

    [Fact]
    public async Task An_endpoint_of_HTTP1_alone_agrees_on_it_with_a_client_that_can_do_both()
    {
        await using var server = await SecureServer.StartAsync(s_authority, kestrel: o => o.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        using var client = Caller.Client(server.Port, s_authority.Issue("api"), HttpVersion.Version20);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;

        Assert.Equal("api by HTTP/1.1 https", await client.GetStringAsync(new Uri("/", UriKind.Relative)));
    }

    // A caller behind a sidecar speaks plain text, and the sidecar hands it on by mutual TLS.
    [Theory]
    [InlineData("http", true)]
    [InlineData("https", true)]
    [InlineData("ftp", false)]
    public async Task HTTP2_over_mutual_TLS_may_say_http_and_is_https(string scheme, bool isServed)
    {
        await using var server = await SecureServer.StartAsync(s_authority, app: app => app.Run(context =>
        {
            context.Response.StatusCode = context.Request.Scheme == "https" ? 200 : 500;
            return Task.CompletedTask;
        }));
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"));

        Assert.Equal(isServed ? 200 : 400, await Http2.StatusAsync(stream, scheme));
    }

    [Fact]
    public async Task Endpoints_that_the_mesh_leaves_alone_hold_the_scheme_against_the_connection_as_ever()
    {
        await using var server = await PublicAsync(_ => { });
        await using var one = new NetworkStream(await Caller.ConnectAsync(server.Port), ownsSocket: true);
        await using var other = new NetworkStream(await Caller.ConnectAsync(server.Port), ownsSocket: true);

        Assert.Equal(200, await Http2.StatusAsync(one, "http"));
        Assert.Equal(400, await Http2.StatusAsync(other, "https"));
    }

    [Fact]
    public async Task An_application_that_lets_callers_say_any_scheme_still_does()
    {
        await using var server = await PublicAsync(options => options.AllowAlternateSchemes = true);
        await using var stream = new NetworkStream(await Caller.ConnectAsync(server.Port), ownsSocket: true);

        Assert.Equal(200, await Http2.StatusAsync(stream, "https"));
    }

    [Fact]
    public async Task A_name_that_the_caller_sends_plays_no_part()
    {
        await using var server = await SecureServer.StartAsync(s_authority);
        await using var stream = await Caller.OpenAsync(server.Port, s_authority.Issue("api"), SslApplicationProtocol.Http11, "somewhere.else.example");

        Assert.Contains("api by HTTP/1.1 https", await Caller.AskAsync(stream));
    }

    private static Task<SecureServer> PublicAsync(Action<KestrelServerOptions> kestrel) => SecureServer.StartAsync(s_authority, kestrel: options =>
    {
        options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.ExcludeFromMesh();
        });
        kestrel(options);
    });
}

/// <summary>As much of HTTP/2 as one request takes, in bytes.</summary>
internal static class Http2
{
    private const byte Headers = 1;

    /// <summary>Whether a GET is answered with 200.</summary>
    public static async Task<bool> IsServedAsync(Stream stream, bool pieces = false) => await StatusAsync(stream, "https", pieces) == 200;

    /// <summary>What a GET is answered with.</summary>
    public static async Task<int> StatusAsync(Stream stream, string scheme, bool pieces = false)
    {
        // :method GET, :scheme, :path /, :authority web
        byte[] block = [0x82, 0x06, (byte)scheme.Length, .. System.Text.Encoding.ASCII.GetBytes(scheme), 0x84, 0x41, 0x03, (byte)'w', (byte)'e', (byte)'b'];
        byte[] opening = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];
        byte[] request = [0, 0, (byte)block.Length, Headers, 0x05, 0, 0, 0, 1, .. block];
        if (pieces)
        {
            foreach (var piece in opening.Chunk(5))
                await stream.WriteAsync(piece);
        }
        else
            await stream.WriteAsync(opening);
        await stream.WriteAsync(request);
        var head = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(head).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            var body = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(body).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            if (head[3] == Headers)
                return body.Contains((byte)0x88) ? 200 : body.Contains((byte)0x8C) ? 400 : 0;
        }
    }
}
