using Grpc.Core;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>A connection that dies without a word is found by a ping that nobody answers. The tests end by their own limit if it is not.</summary>
public sealed class KeepAliveTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Fact(Timeout = 60_000)]
    public async Task A_stream_over_a_silent_connection_ends_and_new_calls_go_elsewhere()
    {
        var limit = TestContext.Current.CancellationToken;
        var services = new[] { new PricingService("pricing-1"), new PricingService("pricing-2") };
        await using var first = await GrpcPair.ServeAsync("pricing-1", services[0]);
        await using var second = await GrpcPair.ServeAsync("pricing-2", services[1]);
        await using var hop = SilentProxy.To(first);
        await using var app = await GrpcPair.ClientAsync(
            [], ("Upstreams:pricing:OutlierDetection:ConsecutiveGatewayFailures", "1"),
            ("Upstreams:pricing:Transport:KeepAlivePingDelay", "00:00:01"), ("Upstreams:pricing:Transport:KeepAlivePingTimeout", "00:00:01"));
        await KnownAsync(app, hop.Endpoint);
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        using var chat = client.Chat();
        await chat.RequestStream.WriteAsync(s_tea, limit);
        Assert.True(await chat.ResponseStream.MoveNext(limit));
        await KnownAsync(app, hop.Endpoint, second.Endpoint);

        hop.GoSilent();
        var error = await Assert.ThrowsAsync<RpcException>(() => chat.ResponseStream.MoveNext(limit));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        for (var i = 0; i < 10; i++)
            Assert.Equal("pricing-2", (await client.ReserveAsync(s_tea, cancellationToken: limit)).Server);
        Assert.Equal(0, app.InFlight("pricing"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_was_sent_into_the_silence_is_made_again_where_it_may_be()
    {
        var limit = TestContext.Current.CancellationToken;
        var services = new[] { new PricingService("pricing-1"), new PricingService("pricing-2") };
        await using var first = await GrpcPair.ServeAsync("pricing-1", services[0]);
        await using var second = await GrpcPair.ServeAsync("pricing-2", services[1]);
        await using var hop = SilentProxy.To(first);
        await using var app = await GrpcPair.ClientAsync(
            [], ("Upstreams:pricing:LoadBalancing", "RoundRobin"), ("Upstreams:pricing:Grpc:IdempotentMethods:0", "shop.Pricing/GetPrice"),
            ("Upstreams:pricing:Transport:KeepAlivePingDelay", "00:00:01"), ("Upstreams:pricing:Transport:KeepAlivePingTimeout", "00:00:01"));
        await KnownAsync(app, hop.Endpoint, second.Endpoint);
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        var before = new[] { (await client.GetPriceAsync(s_tea, cancellationToken: limit)).Server, (await client.GetPriceAsync(s_tea, cancellationToken: limit)).Server };
        Assert.Equal(["pricing-1", "pricing-2"], before.Order());

        hop.GoSilent();

        for (var i = 0; i < 2; i++)
            Assert.Equal("pricing-2", (await client.GetPriceAsync(s_tea, cancellationToken: limit)).Server);
    }

    // By a ping alone a connection whose streams are all taken is not found, nor one of HTTP/1.1. The kernel tells which timer of a socket runs: 2 = keep-alive.
    [Fact]
    public async Task Tcp_watches_each_connection()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The kernel tells of its timers on Linux.");
        await using var pair = await GrpcPair.StartAsync();
        var ends = "";
        pair.Services[0].Before = context =>
        {
            var connection = context.GetHttpContext().Connection;
            ends = $" 0100007F:{connection.RemotePort:X4} 0100007F:{connection.LocalPort:X4} 01 ";
            return Task.CompletedTask;
        };

        await pair.Client.GetPriceAsync(s_tea);

        // While bytes are on their way it is another timer's turn.
        await Eventually.True(() => File.ReadLines("/proc/net/tcp").Any(l => l.Contains(ends, StringComparison.Ordinal) && l.Contains(" 02:", StringComparison.Ordinal)));
    }

    private static Task KnownAsync(MeshApp app, params Endpoint[] endpoints)
    {
        app.Registry.Say("pricing", endpoints);
        return Eventually.True(() => app.Cluster("pricing").State.Available.Length == endpoints.Length);
    }
}
