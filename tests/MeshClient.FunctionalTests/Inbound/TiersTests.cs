using System.Net;
using Grpc.Core;
using MeshClient.FunctionalTests.Grpc;
using MeshClient.FunctionalTests.Grpc.Shop;
using MeshClient.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Inbound;

/// <summary>A chain of services retries at one tier, not at each: three tiers of three attempts would make nine calls of one.</summary>
public sealed class TiersTests
{
    [Fact]
    public async Task A_failure_that_the_tier_below_gave_up_on_is_not_retried_above()
    {
        await using var last = await TestServer.StartAsync("last", Answers.Status(503));
        await using var middle = await MiddleAsync(last);
        await using var app = await MeshApp.OfCatalogAsync(middle);

        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(response.Headers.Contains(MeshHeaders.DoNotRetry));
        Assert.Equal((1, 3), (middle.Requests.Count, last.Requests.Count));
    }

    [Fact]
    public async Task Four_tiers_amplify_no_more_than_two()
    {
        await using var last = await TestServer.StartAsync("last", Answers.Status(503));
        await using var third = await MiddleAsync(last);
        await using var second = await MiddleAsync(third);
        await using var app = await MeshApp.OfCatalogAsync(second);

        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal((1, 1, 3), (second.Requests.Count, third.Requests.Count, last.Requests.Count));
    }

    [Fact]
    public async Task What_the_retries_below_have_mended_is_told_as_it_is()
    {
        await using var last = await TestServer.StartAsync("last", Answers.FirstThen(503, 200));
        await using var middle = await MiddleAsync(last);
        await using var app = await MeshApp.OfCatalogAsync(middle);

        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains(MeshHeaders.DoNotRetry));
        Assert.Equal((1, 2), (middle.Requests.Count, last.Requests.Count));
    }

    [Fact]
    public async Task A_failure_of_the_tiers_own_is_retried_above()
    {
        await using var middle = await MeshServer.StartAsync("middle", Answers.FirstThen(503, 200));
        await using var app = await MeshApp.OfCatalogAsync(middle);

        using var response = await app.Client().GetAsync("http://catalog/");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, middle.Requests.Count);
    }

    [Fact]
    public async Task A_grpc_call_that_the_tier_below_gave_up_on_is_not_made_again_above()
    {
        await using var last = await TestServer.StartAsync("last", Answers.Status(503));
        var service = new PricingService("middle");
        await using var middle = await GrpcPair.ServeMeshAsync("middle", service, new() { ["Upstreams:catalog:Service"] = "catalog" });
        middle.Registry().Say("catalog", last.Endpoint);
        service.Before = async context =>
        {
            using var response = await middle.Client().GetAsync("http://catalog/", context.CancellationToken);
            throw new RpcException(new(response.IsSuccessStatusCode ? StatusCode.Internal : StatusCode.Unavailable, "as below"));
        };
        await using var app = await GrpcPair.ClientAsync([middle]);

        var error = await Assert.ThrowsAsync<RpcException>(() =>
            app.Services.GetRequiredService<Pricing.PricingClient>().GetPriceAsync(new() { Item = "tea" }).ResponseAsync);

        Assert.Equal((StatusCode.Unavailable, "as below"), (error.StatusCode, error.Status.Detail));
        Assert.Equal("1", error.Trailers.GetValue(MeshHeaders.DoNotRetry));
        Assert.Equal("-1", error.Trailers.GetValue("grpc-retry-pushback-ms"));
        Assert.Equal((1, 3), (service.Calls.Count, last.Requests.Count));
    }

    [Fact]
    public async Task A_grpc_call_that_failed_by_its_own_tier_is_made_again_above()
    {
        var service = new PricingService("middle");
        service.Before = _ => service.Calls.Count == 1 ? throw new RpcException(new(StatusCode.Unavailable, "")) : Task.CompletedTask;
        await using var middle = await GrpcPair.ServeMeshAsync("middle", service, []);
        await using var app = await GrpcPair.ClientAsync([middle]);

        await app.Services.GetRequiredService<Pricing.PricingClient>().GetPriceAsync(new() { Item = "tea" });

        Assert.Equal(2, service.Calls.Count);
    }

    private static async Task<TestServer> MiddleAsync(TestServer below)
    {
        TestServer? middle = null;
        middle = await MeshServer.StartAsync("middle", async context =>
        {
            using var response = await middle!.Client().GetAsync("http://catalog/", context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
        });
        middle.Registry().Say("catalog", below.Endpoint);
        return middle;
    }
}
