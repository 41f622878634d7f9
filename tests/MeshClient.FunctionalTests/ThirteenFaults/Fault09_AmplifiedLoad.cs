using System.Net;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>POST was sent four times, and nothing bounded the retries of an outage.</summary>
public sealed class Fault09_amplified_load
{
    [Theory]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    [InlineData("GET", 3)]
    [InlineData("DELETE", 3)]
    public async Task Only_what_may_be_repeated_is_sent_again(string method, int sends)
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var request = new HttpRequestMessage(new(method), "http://catalog/orders");
        using var response = await app.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(sends, a.Requests.Count);
    }

    [Fact]
    public async Task An_outage_is_met_with_a_fifth_more_load_at_most()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var b = await TestServer.StartAsync("b", Answers.Status(503));
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:Retry:BudgetPerSecond"] = "0" }, a, b);
        var client = app.Client();

        for (var i = 0; i < 20; i++)
        {
            var batch = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.GetAsync("http://catalog/")));
            Assert.All(batch, r => Assert.Equal(HttpStatusCode.ServiceUnavailable, r.StatusCode));
        }

        Assert.InRange(a.Requests.Count + b.Requests.Count, 201, 240);
    }
}
