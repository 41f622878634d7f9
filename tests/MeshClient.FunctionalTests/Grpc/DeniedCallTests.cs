using Grpc.Core;
using MeshClient.DevRegistry;
using MeshClient.FunctionalTests.Grpc.Interop;
using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>Calls that an intention denies while they run.</summary>
public sealed class DeniedCallTests
{
    private static readonly PriceRequest s_tea = new() { Item = "tea" };

    [Fact]
    public async Task They_end_with_permission_denied_on_both_sides_and_are_no_failure_of_the_endpoint()
    {
        var service = new PricingService("pricing-1");
        await using var registry = await DevRegistryServer.StartAsync();
        await using var server = await StrictServer.StartAsync(registry, "pricing", builder =>
        {
            builder.Services.AddGrpc();
            builder.Services.AddSingleton(service);
        }, app => app.MapGrpcService<PricingService>());
        using var seen = new MeasuredCalls(server.Services);
        var settings = StrictServer.Settings(registry, "web");
        settings["Upstreams:pricing:Service"] = "pricing";
        await using var app = await MeshApp.StartAsync(
            settings, services: s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")), ownRegistry: false);
        var client = app.Services.GetRequiredService<Pricing.PricingClient>();
        await Eventually.True(() => app.Cluster("pricing").State.Available.Length == 1);
        using var chat = client.Chat();
        await chat.RequestStream.WriteAsync(s_tea);
        Assert.True(await chat.ResponseStream.MoveNext(CancellationToken.None));
        // One heeds its token, the other ends as if nothing were.
        var goesOn = new TaskCompletionSource();
        service.Before = context => context.Method == "/shop.Pricing/Reserve" ? Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken) : goesOn.Task;
        using var unary = client.ReserveAsync(s_tea);
        using var deaf = client.GetPriceAsync(s_tea);
        await Eventually.True(() => app.InFlight("pricing") == 3 && service.Calls.Count == 3);

        await registry.Intentions.DenyAsync("web", "pricing");

        foreach (var end in (Task[])[chat.ResponseStream.MoveNext(CancellationToken.None), unary.ResponseAsync, deaf.ResponseAsync])
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => end);
            Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
            Assert.StartsWith("pricing: ", error.Status.Detail, StringComparison.Ordinal);
            Assert.Contains("denied the call while it ran", error.Status.Detail, StringComparison.Ordinal);
        }
        goesOn.SetResult();
        await Eventually.True(() => seen.Calls.Count == 3);
        Assert.Equal(
            ["shop.Pricing/Chat PERMISSION_DENIED ", "shop.Pricing/GetPrice PERMISSION_DENIED ", "shop.Pricing/Reserve PERMISSION_DENIED "], seen.Calls.Order(StringComparer.Ordinal));
        var endpoint = Assert.Single(app.Cluster("pricing").State.Available);
        Assert.Equal((0, 0), (endpoint.InFlight, endpoint.Runs.Errors));
    }
}
