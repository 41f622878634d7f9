using System.Runtime.CompilerServices;
using MeshClient.Clusters;
using MeshClient.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>Each rotation of a factory's handler leaked a resolver and its timer.</summary>
public sealed class Fault05_leak_by_rotation
{
    [Fact]
    public async Task New_handlers_share_the_watch_the_connections_and_the_cluster()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);
        using (await app.Client().GetAsync("http://catalog/"))
        {
        }
        var cluster = app.Cluster();

        // What the factory does at each rotation, fifty times over: the primary and the chain above it are made anew.
        var handlers = Enumerable.Range(0, 50).Select(i => app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler($"client-{i}"));
        foreach (var handler in handlers)
        {
            using var client = new HttpClient(handler, disposeHandler: false);
            using var response = await client.GetAsync("http://catalog/");
        }

        Assert.Equal(51, a.Requests.Count);
        Assert.Equal(1, app.Registry.Begun);
        Assert.Equal(1, app.Registry.Open);
        Assert.Equal(1, a.Connections);
        Assert.Same(cluster, app.Cluster());
        Assert.Single(app.Services.GetRequiredService<ClusterTable>().All);
    }

    [Fact]
    public async Task The_factorys_own_rotation_changes_the_handler_and_nothing_below_it()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync(services: s => s.AddHttpClient("short").SetHandlerLifetime(TimeSpan.FromSeconds(1)));
        app.Registry.Say("catalog", a.Endpoint);
        Assert.Equal("a", await app.Client("short").GetStringAsync("http://catalog/"));
        var first = HandlerOf(app);

        await Eventually.True(() => HandlerOf(app) != first, TimeSpan.FromSeconds(60));

        Assert.Equal("a", await app.Client("short").GetStringAsync("http://catalog/"));
        Assert.Equal(1, app.Registry.Begun);
        Assert.Equal(1, a.Connections);
    }

    [Fact]
    public async Task The_mesh_holds_no_handler_that_its_owner_has_dropped()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);

        var dropped = await UseAndDropAsync(app);

        await Eventually.True(() =>
        {
            Lifetimes.Collect();
            return !dropped.IsAlive;
        });
    }

    [Fact]
    public async Task The_end_of_the_application_ends_watches_and_connections()
    {
        await using var a = await TestServer.StartAsync("a");
        var app = await MeshApp.OfCatalogAsync(a);
        var registry = app.Registry;
        using (await app.Client().GetAsync("http://catalog/"))
        {
        }
        Assert.Equal((1, 1), (registry.Open, a.OpenConnections));

        await app.DisposeAsync();

        await Eventually.True(() => registry.Open == 0 && a.OpenConnections == 0);
    }

    // Not inlined, so that no local of the test holds the handler.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> UseAndDropAsync(MeshApp app)
    {
        var handler = app.Services.GetRequiredService<IMesh>().CreateHandler();
        using var client = new HttpClient(handler, disposeHandler: false);
        Assert.Equal("a", await client.GetStringAsync("http://catalog/"));
        return new WeakReference(handler);
    }

    private static MeshHandler HandlerOf(MeshApp app)
    {
        var handler = app.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("short");
        while (handler is DelegatingHandler { InnerHandler: { } inner } && handler is not MeshHandler)
            handler = inner;
        return Assert.IsType<MeshHandler>(handler);
    }
}
