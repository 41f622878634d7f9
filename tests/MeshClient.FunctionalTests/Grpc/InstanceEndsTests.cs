using System.Net.Sockets;
using Grpc.Core;
using MeshClient.DevRegistry;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>Servers stop, one after the other, or are killed, under two hundred calls a second: no call fails.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class InstanceEndsTests
{
    private const int Kinds = 4;
    private static readonly TimeSpan s_callTakes = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("Off")]
    [InlineData("Strict")]
    public async Task Three_servers_restarted_one_after_the_other_fail_no_call_of_any_kind(string mode)
    {
        await using var registry = await DevRegistryServer.StartAsync();
        var servers = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => StartAsync(registry, mode, $"old-{i}", i)));
        await using var app = await MeshApp.StartAsync(
            new()
            {
                ["Service:Name"] = "web",
                ["Security:Mode"] = mode,
                ["Consul:Address"] = registry.Address.ToString(),
                ["Upstreams:pricing:Service"] = "pricing",
            },
            ownRegistry: false, services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")));
        await KnowsAsync(app, servers);
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        var load = new CallLoad(i => (i % Kinds) switch
        {
            0 => ReserveAsync(client),
            1 => WatchAsync(client),
            2 => SumAsync(client),
            _ => ChatAsync(client),
        });

        var restart = Task.CompletedTask;
        var last = int.MaxValue;
        await load.RunAsync(i =>
        {
            if (i == 100)
                restart = RestartAsync();
            if (restart.IsCompleted && i > 100 && last == int.MaxValue)
                last = i + 200;
            return i < last;
        });
        await restart;

        Assert.Equal([], load.Failed.Select(f => $"{f.Call} (kind {f.Call % Kinds}): {f.Error}"));
        Assert.All(Enumerable.Range(0, Kinds), kind => Assert.True(load.Answered.Count(c => c.Call % Kinds == kind) > 100));
        string[] all = ["new-1", "new-2", "new-3", "old-1", "old-2", "old-3"];
        Assert.Equal(all, load.Answered.Select(c => c.Server).Distinct().Order(StringComparer.Ordinal));
        foreach (var server in servers)
            await server.DisposeAsync();

        async Task RestartAsync()
        {
            for (var i = 0; i < servers.Length; i++)
            {
                await servers[i].StopAsync();
                await servers[i].DisposeAsync();
                servers[i] = await StartAsync(registry, mode, $"new-{i + 1}", i + 1);
                await KnowsAsync(app, servers);
            }
        }
    }

    [Fact]
    public async Task A_stream_goes_on_when_its_server_has_said_goaway_and_calls_that_come_late_are_made_elsewhere()
    {
        await using var pair = await GrpcPair.StartMeshAsync(2, []);
        var ends = new TaskCompletionSource();
        foreach (var service in pair.Services)
            service.Before = context => context.Method.EndsWith("Chat", StringComparison.Ordinal) ? ends.Task : Task.CompletedTask;
        using var chat = pair.Client.Chat();
        await chat.RequestStream.WriteAsync(new() { Item = "tea" });
        Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
        var server = pair.Servers.Single(s => s.Name == chat.ResponseStream.Current.Server);

        // The client's registry has not heard of it.
        var stop = server.StopAsync();
        await Eventually.True(async () => await IsClosedAsync(server.Port));
        for (var i = 0; i < 20; i++)
            Assert.NotEqual(server.Name, await ReserveAsync(pair.Client));
        Assert.False(stop.IsCompleted);

        await chat.RequestStream.WriteAsync(new() { Item = "tea" });
        Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
        await chat.RequestStream.CompleteAsync();
        ends.SetResult();
        Assert.False(await chat.ResponseStream.MoveNext(CancellationToken.None));
        await stop.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task One_of_three_servers_killed_fails_no_idempotent_call()
    {
        var servers = await Task.WhenAll(Enumerable.Range(1, 3).Select(i => TestProcess.StartAsync($"pricing-{i}", "grpc", s_callTakes)));
        await using var app = await GrpcPair.ClientAsync([], ("Upstreams:pricing:Grpc:IdempotentMethods:0", "shop.Pricing/GetPrice"));
        app.Registry.Say("pricing", servers.Select(s => s.Endpoint));
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        var load = new CallLoad(async _ => (await client.GetPriceAsync(new() { Item = "tea" })).Server);

        var lost = 0;
        await load.RunAsync(i =>
        {
            if (i == 200)
            {
                lost = app.Endpoint("pricing-1", "pricing")!.InFlight;
                servers[0].Kill();
            }
            return i < 600;
        });

        Assert.True(lost >= 10, $"Expected about 20 calls on the server that was killed, found {lost}.");
        Assert.Equal([], load.Failed.Select(f => $"{f.Call}: {f.Error}"));
        Assert.Contains(load.Answered, c => c.Server == "pricing-1");
        Assert.DoesNotContain(load.Answered, c => c is { Call: > 400, Server: "pricing-1" });
        foreach (var server in servers)
            await server.DisposeAsync();
    }

    private static Task<TestServer> StartAsync(DevRegistryServer registry, string mode, string name, int number) =>
        GrpcPair.ServeMeshAsync(name, new PricingService(name) { Before = BeforeAsync }, new()
        {
            ["Service:Name"] = "pricing",
            ["Service:Id"] = $"pricing-{number}",
            ["Service:Drain"] = "00:00:20",
            ["Security:Mode"] = mode,
            ["Consul:Address"] = registry.Address.ToString(),
        }, ownRegistry: false);

    // Streams are under way when their server is told to stop.
    private static Task BeforeAsync(ServerCallContext context) =>
        context.Method.EndsWith("Watch", StringComparison.Ordinal) ? Task.Delay(300, context.CancellationToken) : Task.Delay(10, context.CancellationToken);

    private static Task KnowsAsync(MeshApp app, TestServer[] servers) => Eventually.True(() =>
        app.Cluster("pricing").State.Available.Select(e => e.Endpoint.Port).Order().SequenceEqual(servers.Select(s => s.Port).Order()));

    private static async Task<bool> IsClosedAsync(int port)
    {
        using var socket = new TcpClient();
        return await Record.ExceptionAsync(() => socket.ConnectAsync("127.0.0.1", port)) is SocketException;
    }

    private static async Task<string> ReserveAsync(Pricing.PricingClient client) => (await client.ReserveAsync(new() { Item = "tea" })).Server;

    private static async Task<string> WatchAsync(Pricing.PricingClient client)
    {
        using var watch = client.Watch(new() { Item = "tea" });
        var prices = await watch.ResponseStream.ReadAllAsync().ToArrayAsync();
        Assert.Equal(3, prices.Length);
        return prices[^1].Server;
    }

    private static async Task<string> SumAsync(Pricing.PricingClient client)
    {
        using var sum = client.Sum();
        for (var i = 0; i < 3; i++)
        {
            await sum.RequestStream.WriteAsync(new() { Item = "tea" });
            await Task.Delay(50);
        }
        await sum.RequestStream.CompleteAsync();
        var price = await sum;
        Assert.Equal(3, price.Cents);
        return price.Server;
    }

    private static async Task<string> ChatAsync(Pricing.PricingClient client)
    {
        using var chat = client.Chat();
        var server = "";
        for (var i = 0; i < 3; i++)
        {
            await chat.RequestStream.WriteAsync(new() { Item = "tea" });
            Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
            server = chat.ResponseStream.Current.Server;
            await Task.Delay(50);
        }
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext(CancellationToken.None));
        return server;
    }
}
