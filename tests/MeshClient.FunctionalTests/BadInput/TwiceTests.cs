using MeshClient.DevRegistry;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.BadInput;

/// <summary>
/// What is said or done twice. That AddMesh may be called twice, and that of AddMesh and RemoveMesh of a client the last word counts, stands in
/// Hook/ClientsTests.
/// </summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class TwiceTests
{
    private const int Registered = 1100, Claimed = 1110;

    [Fact]
    public async Task A_client_whose_name_is_used_twice_is_one_client_that_goes_through_the_mesh_once()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var app = await MeshApp.StartAsync(mesh: m => m.OnlyClientsThatAsk(), services: s =>
        {
            s.AddHttpClient("orders", c => c.DefaultRequestHeaders.Add("x-first", "1")).AddMesh();
            s.AddHttpClient("orders", c => c.DefaultRequestHeaders.Add("x-second", "2")).AddMesh();
        });
        app.Registry.Say("catalog", a.Endpoint);

        using var response = await app.Client("orders").GetAsync("http://catalog/");

        // Two handlers of the mesh would make nine sends of three.
        Assert.Equal(3, a.Requests.Count);
        Assert.All(a.Requests, r => Assert.Equal(("1", "2"), (r.Headers["x-first"], r.Headers["x-second"])));
    }

    [Fact]
    public async Task A_second_host_of_the_process_does_not_take_the_instance_of_the_first()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var first = await StartAsync(registry, id: "web-1");
        await Eventually.True(() => first.Log().Of(Registered).Any());

        await using (var second = await StartAsync(registry, id: "web-1"))
        {
            await Eventually.True(() => second.Log().Of(Claimed).Any());
            Assert.Contains("web is not registered: another host in this process has registered the instance web-1", second.Log().Of(Claimed).Single().Text, StringComparison.Ordinal);
            Assert.Empty(second.Log().Of(Registered));
            await second.StopAsync();
        }

        await using var app = await ClientAsync(registry);
        Assert.Equal("web-1", await app.Client().GetStringAsync("http://web/"));
        Assert.Equal(first.Port, Assert.Single(app.Cluster("web").State.Available).Endpoint.Port);
    }

    [Fact]
    public async Task Two_instances_of_one_service_may_share_a_process()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var first = await StartAsync(registry, id: null);
        await using var second = await StartAsync(registry, id: null);
        await Eventually.True(() => first.Log().Of(Registered).Any() && second.Log().Of(Registered).Any());

        await using var app = await ClientAsync(registry);
        await app.Client().GetStringAsync("http://web/");
        Assert.Equal(new[] { first.Port, second.Port }.Order(), app.Cluster("web").State.Available.Select(e => e.Endpoint.Port).Order());
    }

    private static Task<TestServer> StartAsync(DevRegistryServer registry, string? id) => MeshServer.StartAsync(id ?? "web", settings: new()
    {
        ["Consul:Address"] = registry.Address.GetLeftPart(UriPartial.Authority),
        ["Service:Name"] = "web",
        ["Service:Id"] = id,
        ["Service:Drain"] = "00:00:00",
    }, ownRegistry: false);

    private static Task<MeshApp> ClientAsync(DevRegistryServer registry) => MeshApp.StartAsync(
        new() { ["Consul:Address"] = registry.Address.GetLeftPart(UriPartial.Authority), ["Upstreams:web:Timeout"] = "00:00:10" }, ownRegistry: false);
}
