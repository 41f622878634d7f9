using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MeshClient.Matching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Tests.Matching;

/// <summary>What is matched must be what the application is shown, or one of them could be asked for as the other.</summary>
public sealed partial class KestrelPathTests : IAsyncLifetime
{
    private readonly WebApplication _app;

    public KestrelPathTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            var body = Encoding.UTF8.GetBytes(context.Request.Path.Value!);
            context.Response.ContentLength = body.Length;
            return context.Response.Body.WriteAsync(body).AsTask();
        });
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(1, "a./%2eE", 600)]
    [InlineData(2, "ab./%2eE5fFcC39;:@!$&'()*+,=~_-\"<>[]^`{|}", 600)]
    [InlineData(3, "a/?.%", 300)]
    public async Task The_form_of_a_path_is_what_Kestrel_shows_with_its_doubled_slashes_made_one(int seed, string alphabet, int count)
    {
        var random = new Random(seed);
        using var connection = new Connection(new Uri(_app.Urls.Single()).Port);
        var compared = 0;
        for (var i = 0; i < count; i++)
        {
            var target = "/" + string.Concat(Enumerable.Range(0, random.Next(1, 18)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            // Escapes that are whole are rare among random texts.
            target = random.Next(3) == 0 ? target.Replace("b", "%6" + "0123456789abcdef"[random.Next(16)], StringComparison.Ordinal) : target;
            var form = RequestPath.Normalize(target, new char[target.Length], out var fault).ToString();
            if (fault != PathFault.None || await connection.AskAsync(target) is not { } shown)
                continue;
            compared++;
            Assert.True(form == Doubled().Replace(shown, "/"), $"{target}: matched as {form}, shown as {shown}");
        }
        Assert.InRange(compared, count / 10, count);
    }

    [Theory]
    [InlineData("/caf%C3%A9/%F0%9F%98%80", "/café/😀")]
    [InlineData("/a%20b%3Fc%23d", "/a b?c#d")]
    [InlineData("/x/%2e%2e/%61dmin/./?q", "/admin/")]
    [InlineData("http://localhost/x/../admin", "/admin")]
    [InlineData("/100%25", "/100%")]
    public async Task So_it_is_for_what_is_rare(string target, string expected)
    {
        using var connection = new Connection(new Uri(_app.Urls.Single()).Port);
        Assert.Equal(expected, await connection.AskAsync(target));
        Assert.Equal(expected, RequestPath.Normalize(target, new char[target.Length], out _).ToString());
    }

    // A URL as the target: where its authority ends, readers disagree. What cannot be told is refused; what is matched is what Kestrel shows.
    [Theory]
    [InlineData("http://[::1]admin", "[::1]", "/admin")]
    [InlineData("http://[::1]admin#/public", "[::1]", "/admin")]
    [InlineData("http://x#/public", "x", "/")]
    public async Task Of_a_URL_nothing_is_matched_but_what_Kestrel_shows(string target, string host, string shown)
    {
        using var connection = new Connection(new Uri(_app.Urls.Single()).Port);
        Assert.Equal(shown, await connection.AskAsync(target, host));
        RequestPath.Normalize(target, new char[target.Length], out var fault);
        Assert.Equal(PathFault.NotAPath, fault);
    }

    [Theory]
    [InlineData(4, "a1.:/[]#@\\", 500)]
    [InlineData(5, "a/.%2eE?#:", 500)]
    public async Task So_it_is_for_URLs_of_any_characters(int seed, string alphabet, int count)
    {
        var random = new Random(seed);
        string[] authorities = ["[::1]", "x", "x:80", "10.0.0.1"];
        using var connection = new Connection(new Uri(_app.Urls.Single()).Port);
        var (compared, refused) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var host = authorities[random.Next(authorities.Length)];
            var target = $"http://{host}{string.Concat(Enumerable.Range(0, random.Next(0, 9)).Select(_ => alphabet[random.Next(alphabet.Length)]))}";
            var form = RequestPath.Normalize(target, new char[target.Length], out var fault).ToString();
            if (await connection.AskAsync(target, host.Replace(":80", "", StringComparison.Ordinal)) is not { } shown)
                continue;
            compared += fault == PathFault.None ? 1 : 0;
            refused += fault == PathFault.None ? 0 : 1;
            Assert.True(fault != PathFault.None || form == Doubled().Replace(shown, "/"), $"{target}: matched as {form}, shown as {shown}");
        }
        Assert.True(compared > 10 && refused > 10, $"{compared} compared, {refused} refused");
    }

    [GeneratedRegex("/+")]
    private static partial Regex Doubled();

    /// <summary>A connection on which targets go out as they are written.</summary>
    private sealed class Connection(int port) : IDisposable
    {
        private TcpClient? _client;
        private StreamReader? _reader;

        /// <summary>The path that the application was shown; null = the server refused the target.</summary>
        public async Task<string?> AskAsync(string target, string host = "localhost")
        {
            if (_client is null)
            {
                _client = new TcpClient();
                await _client.ConnectAsync(IPAddress.Loopback, port);
                _reader = new StreamReader(_client.GetStream(), Encoding.Latin1);
            }
            await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            var status = await _reader!.ReadLineAsync();
            var length = 0;
            while (await _reader.ReadLineAsync() is { Length: > 0 } header)
            {
                if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                    length = int.Parse(header["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
            }
            var body = new char[length];
            await _reader.ReadBlockAsync(body);
            if (status!.Contains(" 200 ", StringComparison.Ordinal))
                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(body));
            Dispose();
            return null;
        }

        public void Dispose()
        {
            _client?.Dispose();
            _client = null;
        }
    }
}
