using System.Net;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>The 503 to a POST of a stream that cannot seek was hidden behind an InvalidOperationException.</summary>
public sealed class Fault04_hidden_answer
{
    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task The_answer_to_a_body_that_cannot_be_repeated_surfaces(string method)
    {
        await using var a = await TestServer.StartAsync("a", async context =>
        {
            await Answers.ReadAsync(context);
            await Answers.Status(503)(context);
        });
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var request = new HttpRequestMessage(new(method), "http://catalog/orders") { Content = new StreamContent(new OneShotStream(50_000)) };
        using var response = await app.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("status 503", await response.Content.ReadAsStringAsync());
        Assert.Single(a.Requests);
    }
}
