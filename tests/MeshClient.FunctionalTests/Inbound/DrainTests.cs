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

        using (var late = await plain.GetAsync(server.Address))
            Assert.Equal((HttpStatusCode.OK, true), (late.StatusCode, late.Headers.ConnectionClose));
        Assert.False(stop.IsCompleted);
        release.SetResult();
        using var response = await inFlight;
        Assert.Equal("done", await response.Content.ReadAsStringAsync());
        await stop.WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<HttpRequestException>(() => plain.GetAsync(server.Address));
    }

    [Fact]
    public async Task An_instance_that_leaves_under_load_fails_no_call()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var a = await StartAsync(registry, "a");
        await using var b = await StartAsync(registry, "b");
        // Without retries, so that not one call may meet a closed door.
        await using var app = await ClientAsync(registry, instances: 2, ("Upstreams:catalog:Retry:MaxAttempts", "1"));
        var load = new Load(app.Client());

        var stop = Task.CompletedTask;
        await load.RunAsync(300, call =>
        {
            if (call == 100)
                stop = a.StopAsync();
        });
        await stop;

        Assert.DoesNotContain(load.Results, r => !r.IsGood);
        Assert.Contains(load.Results, r => r.Result == "a");
        Assert.DoesNotContain(load.Results, r => r is { Call: > 250, Result: "a" });
    }

    private static Task<TestServer> StartAsync(DevRegistryServer registry, string name, RequestDelegate? handle = null) =>
        MeshServer.StartAsync(name, handle, ownRegistry: false, settings: new()
        {
            ["Service:Name"] = "catalog",
            ["Service:Id"] = name,
            ["Service:Drain"] = "00:00:20",
            ["Consul:Address"] = registry.Address.ToString(),
        });

    private static async Task<MeshApp> ClientAsync(DevRegistryServer registry, int instances = 1, params (string Key, string Value)[] settings)
    {
        var all = settings.ToDictionary(s => s.Key, s => (string?)s.Value);
        all["Consul:Address"] = registry.Address.ToString();
        all.TryAdd("Upstreams:catalog:Service", "catalog");
        var app = await MeshApp.StartAsync(all, ownRegistry: false);
        await Eventually.True(() => app.Cluster().State.Available.Length == instances);
        return app;
    }
}
