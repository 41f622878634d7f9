using System.Net;
using MeshClient.DevRegistry;

namespace MeshClient.FunctionalTests.Inbound;

/// <summary>A server that stops leaves the registry first, and serves on while its callers turn away.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class DrainTests
{
    [Fact]
    public async Task Requests_in_flight_finish_and_connections_are_closed_after_their_answer()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        var release = new TaskCompletionSource();
        await using var server = await StartAsync(registry, "a", async context =>
        {
            if (context.Request.Path == "/long")
                await release.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await context.Response.WriteAsync("done");
        });
        await using var app = await ClientAsync(registry);
        using var plain = new HttpClient();
        using (var before = await plain.GetAsync(server.Address))
            Assert.NotEqual(true, before.Headers.ConnectionClose);
        var inFlight = app.Client().GetAsync("http://catalog/long");
        await Eventually.True(() => server.Requests.Any(r => r.Target == "/long"));

        var stop = server.StopAsync();
        await Eventually.True(() => app.Cluster().State.Available.IsEmpty);

        // Callers may hear that it has left before it has the registry's answer and begins to drain.
        await Eventually.True(async () =>
        {
            using var late = await plain.GetAsync(server.Address);
            Assert.Equal(HttpStatusCode.OK, late.StatusCode);
            return late.Headers.ConnectionClose == true;
        });
        Assert.False(stop.IsCompleted);
        release.SetResult();
        using var response = await inFlight;
        Assert.Equal("done", await response.Content.ReadAsStringAsync());
        await stop.WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync(server.Address));
    }

    [Fact]
    public async Task An_instance_that_leaves_fails_no_call_of_those_who_hear_of_it_late()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var a = await StartAsync(registry, "a");
        await using var b = await StartAsync(registry, "b");
        // Without retries, so that not one call may meet a closed door.
        await using var app = await MeshApp.ConfiguredAsync(
            new() { ["Upstreams:catalog:Retry:MaxAttempts"] = "1", ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" }, a, b);
        var load = new Load(app.Client());

        var stop = Task.CompletedTask;
        await load.RunAsync(250, call =>
        {
            if (call == 100)
                stop = a.StopAsync();
            else if (call == 150)
                app.Registry.Say("catalog", b.Endpoint);
        });
        await stop;

        Assert.DoesNotContain(load.Results, r => !r.IsGood);
        // Half a second long it served those who did not know.
        Assert.InRange(load.Results.Count(r => r is { Call: >= 100 and < 150, Result: "a" }), 15, 35);
    }

    private static Task<TestServer> StartAsync(DevRegistryServer registry, string name, RequestDelegate? handle = null) =>
        MeshServer.StartAsync(name, handle, ownRegistry: false, settings: new()
        {
            ["Service:Name"] = "catalog",
            ["Service:Id"] = name,
            ["Service:Drain"] = "00:00:20",
            ["Consul:Address"] = registry.Address.ToString(),
        });

    private static async Task<MeshApp> ClientAsync(DevRegistryServer registry)
    {
        var app = await MeshApp.StartAsync(
            new() { ["Consul:Address"] = registry.Address.ToString(), ["Upstreams:catalog:Service"] = "catalog" }, ownRegistry: false);
        await Eventually.True(() => app.Cluster().State.Available.Length == 1);
        return app;
    }
}
