namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>The path was decoded on its way: <c>/orders/a%2Fb%20c</c> arrived as <c>/orders/a/b%20c</c>.</summary>
public sealed class Fault06_path_rewritten
{
    [Theory]
    [InlineData("/orders/a%2Fb%20c?x=%2F")]
    [InlineData("/a%252Fb/%C3%BC?q=a%26b+c&empty=&q=2")]
    [InlineData("/?")]
    [InlineData("/double//slash/")]
    public async Task Path_and_query_arrive_byte_for_byte(string target)
    {
        var refusedOnce = Answers.FirstThen(503, 200);
        await using var a = await TestServer.StartAsync("a", refusedOnce);
        await using var app = await MeshApp.OfCatalogAsync(a);

        using var response = await app.Client().GetAsync("http://catalog" + target);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal([target, target], a.Requests.Select(r => r.Target));
    }
}
