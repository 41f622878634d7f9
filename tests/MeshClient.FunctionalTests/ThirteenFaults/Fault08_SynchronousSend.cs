using System.Net;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>The synchronous Send skipped discovery.</summary>
public sealed class Fault08_synchronous_send
{
    [Fact]
    public async Task Send_is_found_and_balanced()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var b = await TestServer.StartAsync("b");
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" }, a, b);

        var answers = new List<string>();
        for (var i = 0; i < 6; i++)
            answers.Add(Send(app));

        Assert.Equal(3, answers.Count(x => x == "a"));
        Assert.Equal(3, answers.Count(x => x == "b"));
        Assert.Equal(0, app.InFlight());
    }

    [Fact]
    public async Task Send_is_tried_again_elsewhere()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var b = await TestServer.StartAsync("b");
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" }, a, b);

        Assert.Equal(["b", "b"], [Send(app), Send(app)]);
        Assert.NotEmpty(a.Requests);
    }

    private static string Send(MeshApp app)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/items");
        using var response = app.Client().Send(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        return reader.ReadToEnd();
    }
}
