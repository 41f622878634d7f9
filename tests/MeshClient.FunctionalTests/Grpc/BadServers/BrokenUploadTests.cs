using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.BadServers;

/// <summary>Servers that break a streamed request off once they have begun with it: what that means does not hang on whether the stream is kept.</summary>
public sealed class BrokenUploadTests
{
    private const int InternalError = 2;

    [Theory]
    [InlineData("reset", "1048576", true, StatusCode.Internal, 1)]
    [InlineData("reset", "1048576", false, StatusCode.Internal, 1)]
    [InlineData("reset", "0", true, StatusCode.Internal, 1)]
    [InlineData("close", "1048576", true, StatusCode.Unavailable, 1)]
    [InlineData("close", "1048576", false, StatusCode.Unavailable, 1)]
    [InlineData("close", "0", true, StatusCode.Unavailable, 1)]
    public async Task It_is_not_made_again_unless_the_method_is_idempotent(string end, string kept, bool isBusy, StatusCode status, int attempts) =>
        await RunAsync(end, kept, isBusy, idempotent: null, status, attempts);

    [Theory]
    [InlineData("reset", StatusCode.Internal)]
    [InlineData("close", StatusCode.Unavailable)]
    public async Task It_is_made_again_where_the_method_is_idempotent(string end, StatusCode status) =>
        await RunAsync(end, "1048576", isBusy: false, idempotent: "shop.Pricing/Sum", status, attempts: 3);

    private static async Task RunAsync(string end, string kept, bool isBusy, string? idempotent, StatusCode status, int attempts)
    {
        var seen = 0;
        await using var a = Start();
        await using var b = Start();
        await using var app = await MeshApp.StartAsync(new()
        {
            ["Upstreams:pricing:Service"] = "pricing",
            ["Upstreams:pricing:Retry:MaxAttempts"] = "3",
            ["Upstreams:pricing:LoadBalancing"] = "RoundRobin",
            ["Upstreams:pricing:Grpc:ReplayBytes"] = kept,
            ["Upstreams:pricing:Grpc:IdempotentMethods:0"] = idempotent ?? "shop.Pricing/GetPrice",
        });
        app.Registry.Say("pricing", [a.Endpoint("a"), b.Endpoint("b")]);
        using var channel = GrpcChannel.ForAddress("http://pricing", app.Services.GetRequiredService<IMesh>().GrpcOptions());
        using var call = new Pricing.PricingClient(channel).Sum();
        var answer = call.ResponseAsync;

        // One message or many: the writer learns of the end at some time, or never.
        for (var i = 0; i < (isBusy ? 60 : 1) && !answer.IsCompleted; i++)
        {
            if (await Record.ExceptionAsync(() => call.RequestStream.WriteAsync(new() { Item = "tea" })) is not null)
                break;
        }
        var error = await Assert.ThrowsAsync<RpcException>(() => answer);

        Assert.Equal((status, attempts), (error.StatusCode, Volatile.Read(ref seen)));
        Assert.DoesNotContain("no connection", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, app.InFlight("pricing"));
        Assert.Equal(0, app.Cluster("pricing").Replays.Taken);

        RawServer Start() => RawServer.Start(async socket =>
        {
            var connection = new Http2Connection(socket);
            await connection.OpenAsync();
            var last = 0;
            while (await connection.NextDataAsync() is { } stream)
            {
                if (stream == last)
                    continue;
                last = stream;
                Interlocked.Increment(ref seen);
                if (end == "close")
                {
                    connection.Close();
                    return;
                }
                await connection.ResetAsync(stream, InternalError);
            }
        });
    }
}
