using System.Net;
using MeshClient.Http;

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
