using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Transport;

/// <summary>Bodies are streamed, and a call is in flight to the end of its body.</summary>
public sealed class StreamTests
{
    private const long Large = 64L * 1024 * 1024;

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_large_body_comes_down_unbuffered_and_counts_to_its_end(HttpProtocols protocols)
    {
        var firstRead = new TaskCompletionSource();
        await using var a = await TestServer.StartAsync("a", protocols: protocols, handle: async context =>
        {
            var chunk = new byte[256 * 1024];
            for (long sent = 0; sent < Large; sent += chunk.Length)
            {
                await context.Response.Body.WriteAsync(chunk);
                // Who waits for the whole body waits for ever.
                if (sent == 0)
                    await firstRead.Task.WaitAsync(TimeSpan.FromSeconds(60));
            }
        });
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var response = await app.Client().SendAsync(Request(HttpMethod.Get, protocols), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(1, app.InFlight());
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[128 * 1024];
        long sum = 0;
        while (await body.ReadAsync(buffer) is var read and > 0)
        {
            sum += read;
            firstRead.TrySetResult();
        }

        Assert.Equal(Large, sum);
        // The end of the body ends the call; its owner has disposed of nothing yet.
        Assert.Equal(0, app.InFlight());
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task A_large_body_goes_up_unbuffered(HttpProtocols protocols)
    {
        var arriving = new TaskCompletionSource();
        await using var a = await TestServer.StartAsync("a", protocols: protocols, handle: async context =>
        {
            Assert.NotEqual(0, await context.Request.Body.ReadAsync(new byte[1]));
            arriving.SetResult();
            await context.Response.WriteAsync($"{1 + await Answers.ReadAsync(context)}");
        });
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var request = Request(HttpMethod.Post, protocols);
        // Whoever reads the stream to its end before he sends waits for ever.
        request.Content = new StreamContent(new OneShotStream(Large, () => arriving.Task.WaitAsync(TimeSpan.FromSeconds(60))));
        using var response = await app.Client().SendAsync(request);

        Assert.Equal($"{Large}", await response.Content.ReadAsStringAsync());
        Assert.Equal(0, app.InFlight());
    }

    [Fact]
    public async Task Both_directions_of_a_call_run_side_by_side_and_outlive_its_timeout()
    {
        await using var a = await TestServer.StartAsync("a", protocols: HttpProtocols.Http2, handle: async context =>
        {
            await context.Response.Body.FlushAsync();
            using var lines = new StreamReader(context.Request.Body);
            while (await lines.ReadLineAsync() is { } line)
            {
                await context.Response.WriteAsync($"echo {line}\n");
                await context.Response.Body.FlushAsync();
            }
        });
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:Timeout"] = "00:00:01" }, a);
        using var content = new PushContent();
        using var request = Request(HttpMethod.Post, HttpProtocols.Http2);
        request.Content = content;

        using var response = await app.Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var answers = new StreamReader(await response.Content.ReadAsStreamAsync());
        for (var i = 0; i < 4; i++)
        {
            content.Push($"{i}");
            Assert.Equal($"echo {i}", await answers.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)));
            await Task.Delay(400);
        }
        Assert.Equal(1, app.InFlight());
        content.End();
        Assert.Null(await answers.ReadLineAsync());
        Assert.Equal(0, app.InFlight());
    }

    [Fact]
    public async Task Disposing_of_an_answer_unread_ends_the_call_on_both_sides()
    {
        var aborted = new TaskCompletionSource();
        await using var a = await TestServer.StartAsync("a", async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk);
        });
        await using var app = await MeshApp.OfCatalogAsync(a);

        using (await app.Client().GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead))
            Assert.Equal(1, app.InFlight());

        Assert.Equal(0, app.InFlight());
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Cancelling_the_read_of_a_body_ends_the_call_and_blames_nobody()
    {
        await using var a = await TestServer.StartAsync("a", async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await using var app = await MeshApp.OfCatalogAsync(a);
        using var response = await app.Client().GetAsync("http://catalog/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var caller = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => body.CopyToAsync(Stream.Null, caller.Token));

        Assert.Equal(caller.Token, error.CancellationToken);
        Assert.Equal(0, app.InFlight());
        Assert.Equal(0, app.Endpoint("a")!.Runs.Errors);
    }

    [Fact]
    public async Task A_web_socket_is_found_and_outlives_timeout_and_idle_timeout()
    {
        await using var a = await TestServer.StartAsync(
            "a", configure: b => b.Services.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter>(new WebSocketFilter()), handle: EchoAsync);
        await using var app = await MeshApp.ConfiguredAsync(
            new() { ["Upstreams:catalog:Timeout"] = "00:00:01", ["Upstreams:catalog:IdleTimeout"] = "00:00:00.500" }, a);
        using var invoker = app.Invoker();
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new Uri("ws://catalog/live"), invoker, CancellationToken.None);
        Assert.Equal(1, app.InFlight());
        for (var i = 0; i < 3; i++)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes($"m{i}"), WebSocketMessageType.Text, true, CancellationToken.None);
            var buffer = new byte[100];
            var got = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal($"m{i}", Encoding.UTF8.GetString(buffer, 0, got.Count));
            await Task.Delay(700);
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        socket.Dispose();

        await Eventually.True(() => app.InFlight() == 0);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1000];
        while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { CloseStatus: null } got)
            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, CancellationToken.None);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    private static HttpRequestMessage Request(HttpMethod method, HttpProtocols protocols) => new(method, "http://catalog/")
    {
        Version = protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private sealed class WebSocketFilter : Microsoft.AspNetCore.Hosting.IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app => next(app.UseWebSockets());
    }
}
