using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Hook;

/// <summary>Which clients go through the mesh.</summary>
public sealed class ClientsTests
{
    [Fact]
    public async Task All_clients_of_the_factory_do_by_default()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(
            before: s => s.AddHttpClient("before"), services: s => s.AddHttpClient("after").ConfigurePrimaryHttpMessageHandler(() => new OwnPrimary()));
        app.Registry.Say("catalog", a.Endpoint);

        foreach (var name in new[] { "", "before", "after", "never named" })
            Assert.Equal("a", await app.Client(name).GetStringAsync("http://catalog/"));
    }

    [Fact]
    public async Task Only_those_that_ask_do_if_told_so()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(mesh: m => m.OnlyClientsThatAsk(), services: s =>
        {
            s.AddHttpClient("asks").AddMesh();
            s.AddHttpClient("silent").ConfigurePrimaryHttpMessageHandler(() => new OwnPrimary());
        });
        app.Registry.Say("catalog", a.Endpoint);

        Assert.Equal("a", await app.Client("asks").GetStringAsync("http://catalog/"));
        Assert.Equal("own primary", await app.Client("silent").GetStringAsync("http://catalog/"));
        Assert.Single(a.Requests);
    }

    [Fact]
    public async Task A_client_can_be_taken_out()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(services: s =>
        {
            s.AddHttpClient("out").ConfigurePrimaryHttpMessageHandler(() => new OwnPrimary()).RemoveMesh();
            s.AddHttpClient("out again").AddMesh().ConfigurePrimaryHttpMessageHandler(() => new OwnPrimary()).RemoveMesh();
            s.AddHttpClient("in again").RemoveMesh().AddMesh();
        });
        app.Registry.Say("catalog", a.Endpoint);

        Assert.Equal("own primary", await app.Client("out").GetStringAsync("http://catalog/"));
        Assert.Equal("own primary", await app.Client("out again").GetStringAsync("http://catalog/"));
        Assert.Equal("a", await app.Client("in again").GetStringAsync("http://catalog/"));
    }

    [Fact]
    public async Task A_typed_client_calls_by_its_base_address()
    {
        await using var a = await TestServer.StartAsync("a", context => context.Response.WriteAsync($"{context.Request.Path}{context.Request.QueryString}"));
        await using var app = await MeshApp.StartAsync(
            services: s => s.AddHttpClient<CatalogClient>(c => c.BaseAddress = new Uri("http://catalog/v1/")));
        app.Registry.Say("catalog", a.Endpoint);

        using var scope = app.Services.CreateScope();
        Assert.Equal("/v1/items?page=2", await scope.ServiceProvider.GetRequiredService<CatalogClient>().ItemsAsync(2));
    }

    [Fact]
    public async Task A_client_without_a_factory_uses_a_handler_of_the_mesh()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);
        var primary = new OwnPrimary();

        using var client = new HttpClient(app.Services.GetRequiredService<IMesh>().CreateHandler(primary));

        Assert.Equal("a", await client.GetStringAsync("http://catalog/"));
        Assert.Equal("own primary", await client.GetStringAsync("http://elsewhere.example/"));
        Assert.Equal(["http://elsewhere.example/"], primary.Seen);
    }

    [Fact]
    public async Task Calling_AddMesh_twice_is_harmless()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var app = await MeshApp.StartAsync(services: s =>
        {
            s.AddMesh();
            s.AddMesh(m => m.Configure(o => o.Upstreams["pricing"] = new()));
            s.AddHttpClient("asks").AddMesh().AddMesh();
        });
        app.Registry.Say("catalog", a.Endpoint);

        using var response = await app.Client("asks").GetAsync("http://catalog/");

        // Two handlers of the mesh would make nine sends of three.
        Assert.Equal(3, a.Requests.Count);
        Assert.Equal(2, app.Registry.Begun);
        Assert.Single(a.Requests.First().Headers, h => h.Key == "mesh-timeout" && !h.Value.Contains(','));
    }

    private sealed class CatalogClient(HttpClient client)
    {
        public Task<string> ItemsAsync(int page) => client.GetStringAsync($"items?page={page}");
    }
}
