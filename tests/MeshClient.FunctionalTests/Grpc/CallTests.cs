using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>gRPC's four kinds of call through the mesh, by a client of the factory and by a channel made by hand.</summary>
public sealed class CallTests
{
    [Fact]
    public async Task All_four_kinds_of_call_arrive()
    {
        await using var pair = await GrpcPair.StartAsync();

        await AllFourAsync(pair.Client);

        Assert.Equal(0, pair.App.InFlight("pricing"));
    }

    [Fact]
    public async Task A_channel_made_by_hand_is_carried_as_well()
    {
        await using var pair = await GrpcPair.StartAsync();
        using var channel = GrpcChannel.ForAddress("http://pricing", pair.App.Services.GetRequiredService<IMesh>().GrpcOptions());

        await AllFourAsync(new(channel));
    }

    [Fact]
    public async Task Compressed_messages_arrive_both_ways()
    {
        (string? Asked, string? Answered) encodings = default;
        await using var server = await TestServer.StartAsync("pricing-1", protocols: HttpProtocols.Http2, configure: builder =>
        {
            builder.Services.AddGrpc(o => (o.ResponseCompressionAlgorithm, o.ResponseCompressionLevel) = ("gzip", CompressionLevel.Fastest));
            builder.Services.AddSingleton(new PricingService("pricing-1"));
        }, map: app =>
        {
            app.Use(async (context, next) =>
            {
                await next(context);
                encodings = (context.Request.Headers.GrpcEncoding, context.Response.Headers.GrpcEncoding);
            });
            app.MapGrpcService<PricingService>();
        });
        await using var app = await GrpcPair.ClientAsync([server]);
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        var item = new string('x', 100_000);

        using var call = client.GetPriceAsync(new() { Item = item }, new Metadata { { "grpc-internal-encoding-request", "gzip" } });

        Assert.Equal(item, (await call).Item);
        Assert.Equal(("gzip", "gzip"), encodings);
    }

    [Fact]
    public async Task Calls_are_balanced_one_by_one()
    {
        await using var pair = await GrpcPair.StartAsync(servers: 3, ("Upstreams:pricing:LoadBalancing", "RoundRobin"));
        var client = pair.Client;

        for (var i = 0; i < 30; i++)
            await client.GetPriceAsync(new() { Item = "tea" });

        Assert.All(pair.Services, s => Assert.Equal(10, s.Calls.Count));
    }

    [Fact]
    public async Task A_stream_holds_its_place_until_it_ends()
    {
        await using var pair = await GrpcPair.StartAsync();
        var ends = new TaskCompletionSource();
        pair.Services[0].Before = _ => ends.Task;
        using var call = pair.Client.Watch(new() { Item = "tea" });
        for (var i = 0; i < 3; i++)
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(1, pair.App.InFlight("pricing"));

        ends.SetResult();

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(0, pair.App.InFlight("pricing"));
    }

    [Fact]
    public async Task A_channel_that_would_retry_beside_the_mesh_is_refused()
    {
        await using var app = await MeshApp.StartAsync(
            new() { ["Upstreams:pricing:Service"] = "pricing" },
            services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")).ConfigureChannel(o => o.ServiceConfig = Retries(MethodName.Default)));

        var error = Assert.Throws<InvalidOperationException>(() => app.Services.GetRequiredService<Pricing.PricingClient>());

        Assert.Contains("Mesh:Upstreams:pricing:Retry:MaxAttempts to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_channel_retries_itself_the_mesh_sends_once()
    {
        await using var pair = await GrpcPair.StartAsync();
        pair.Services[0].Before = _ => pair.Services[0].Calls.Count < 3 ? throw new RpcException(new Status(StatusCode.Unavailable, "not yet")) : Task.CompletedTask;
        var options = pair.App.Services.GetRequiredService<IMesh>().GrpcOptions();
        options.ServiceConfig = Retries(new() { Service = "shop.Pricing", Method = "GetPrice" });
        using var channel = GrpcChannel.ForAddress("http://pricing", options);
        var client = new Pricing.PricingClient(channel);

        Assert.Equal("tea", (await client.GetPriceAsync(new() { Item = "tea" })).Item);
        Assert.Equal([null, "1", "2"], pair.Services[0].Calls.Select(c => c.Headers.GetValue("grpc-previous-rpc-attempts")));

        // Another method is the mesh's to retry.
        pair.Services[0].Before = _ => pair.Services[0].Calls.Count < 5 ? throw new RpcException(new Status(StatusCode.Unavailable, "not yet")) : Task.CompletedTask;
        Assert.Equal("tea", (await client.ReserveAsync(new() { Item = "tea" })).Item);
        Assert.Equal(5, pair.Services[0].Calls.Count);
    }

    private static ServiceConfig Retries(MethodName name) => new()
    {
        MethodConfigs =
        {
            new MethodConfig
            {
                Names = { name },
                RetryPolicy = new()
                {
                    MaxAttempts = 3, InitialBackoff = TimeSpan.FromMilliseconds(1), MaxBackoff = TimeSpan.FromMilliseconds(1), BackoffMultiplier = 1,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            },
        },
    };

    private static async Task AllFourAsync(Pricing.PricingClient client)
    {
        Assert.Equal("tea", (await client.GetPriceAsync(new() { Item = "tea" })).Item);

        using (var watch = client.Watch(new() { Item = "tea" }))
            Assert.Equal("0 1 2", string.Join(" ", await watch.ResponseStream.ReadAllAsync().Select(p => p.Cents).ToArrayAsync()));

        using (var sum = client.Sum())
        {
            await sum.RequestStream.WriteAsync(new() { Item = "a" });
            await sum.RequestStream.WriteAsync(new() { Item = "b" });
            await sum.RequestStream.CompleteAsync();
            Assert.Equal("ab", (await sum).Item);
        }

        using var chat = client.Chat();
        foreach (var item in (string[])["x", "y"])
        {
            await chat.RequestStream.WriteAsync(new() { Item = item });
            Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(item, chat.ResponseStream.Current.Item);
        }
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext(CancellationToken.None));
    }
}
