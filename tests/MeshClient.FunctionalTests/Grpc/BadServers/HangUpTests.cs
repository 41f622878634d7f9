using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>Peers that accept connections and close them without a word, as proxies do that have no server behind them: no server has begun with any call.</summary>
public sealed class HangUpTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Theory]
    [InlineData("at once", false)]
    [InlineData("at once", true)]
    [InlineData("with its sending side", false)]
    [InlineData("after the preface", false)]
    [InlineData("after the preface", true)]
    [InlineData("after the call", false)]
    [InlineData("after the call", true)]
    public async Task Calls_go_elsewhere_whatever_the_method_and_it_counts_as_no_connection(string when, bool resets)
    {
        await using var bad = RawServer.Start(socket => HangUpAsync(socket, when, resets));
        await using var good = BadServer.Start(BadServer.ServeAsync);
        await using var app = await MeshApp.StartAsync(new()
        {
            ["Upstreams:pricing:Service"] = "pricing",
            ["Upstreams:pricing:LoadBalancing"] = "RoundRobin",
            ["Upstreams:pricing:Retry:BaseDelay"] = "00:00:00.001",
            ["Upstreams:pricing:OutlierDetection:Enabled"] = "false",
        });
        app.Registry.Say("pricing", [bad.Endpoint("bad"), good.Endpoint("good")]);
        using var channel = GrpcChannel.ForAddress("http://pricing", app.Services.GetRequiredService<IMesh>().GrpcOptions());
        var client = new Pricing.PricingClient(channel);

        for (var i = 0; i < 20; i++)
            await client.ReserveAsync(s_tea);

        Assert.Equal(20, good.Requests);
        Assert.NotEqual(0, bad.Connections);
        Assert.Equal(0, app.InFlight("pricing"));
    }

    [Theory]
    [InlineData("after the call, with its sending side", false, "closed")]
    [InlineData("after the call", true, "reset")]
    public async Task It_is_told_in_words(string when, bool resets, string how)
    {
        await using var bad = RawServer.Start(socket => HangUpAsync(socket, when, resets));
        await using var app = await MeshApp.StartAsync(new() { ["Upstreams:pricing:Service"] = "pricing", ["Upstreams:pricing:Retry:MaxAttempts"] = "1" });
        app.Registry.Say("pricing", [bad.Endpoint("bad")]);
        using var channel = GrpcChannel.ForAddress("http://pricing", app.Services.GetRequiredService<IMesh>().GrpcOptions());

        var error = await Assert.ThrowsAsync<RpcException>(() => new Pricing.PricingClient(channel).ReserveAsync(s_tea).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("pricing: no connection to bad (127.0.0.1:", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains($"accepted the connection and {how} it before it had sent anything", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(HttpRequestError.ConnectionError, Assert.IsType<HttpRequestException>(error.Status.DebugException).HttpRequestError);
        await Eventually.True(() => app.Endpoint("bad", "pricing")!.Runs.Errors == 1);
    }

    private static async Task HangUpAsync(Socket socket, string when, bool resets)
    {
        if (when == "after the preface")
            await ReadUntilAsync(socket, "SM\r\n\r\n");
        else if (when.StartsWith("after the call", StringComparison.Ordinal))
            await ReadUntilAsync(socket, "tea");
        if (resets)
            RawServer.Reset(socket);
        else if (when.EndsWith("with its sending side", StringComparison.Ordinal))
            socket.Shutdown(SocketShutdown.Send);
        else
            socket.Dispose();
    }

    private static async Task ReadUntilAsync(Socket socket, string text)
    {
        var come = "";
        var buffer = new byte[4096];
        while (!come.Contains(text, StringComparison.Ordinal) && await socket.ReceiveAsync(buffer) is > 0 and var count)
            come += System.Text.Encoding.Latin1.GetString(buffer, 0, count);
    }
}
