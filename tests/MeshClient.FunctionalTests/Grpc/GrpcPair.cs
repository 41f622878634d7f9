using MeshClient.FunctionalTests.Grpc.Shop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc;

/// <summary>gRPC servers, and a client of the factory that calls them through the mesh.</summary>
internal sealed class GrpcPair : IAsyncDisposable
{
    private GrpcPair(MeshApp app, TestServer[] servers, PricingService[] services)
    {
        App = app;
        Servers = servers;
        Services = services;
    }

    public MeshApp App { get; }

    public TestServer[] Servers { get; }

    public PricingService[] Services { get; }

    public Pricing.PricingClient Client => App.Services.GetRequiredService<Pricing.PricingClient>();

    public static Task<GrpcPair> StartAsync(int servers = 1, params (string Key, string? Value)[] settings) => StartAsync(servers, mesh: null, settings);

    public static async Task<GrpcPair> StartAsync(int servers, Action<MeshBuilder>? mesh, params (string Key, string? Value)[] settings)
    {
        var services = Enumerable.Range(0, servers).Select(i => new PricingService($"pricing-{i + 1}")).ToArray();
        var started = await Task.WhenAll(services.Select((s, i) => ServeAsync($"pricing-{i + 1}", s)));
        return new(await ClientAsync(started, mesh, settings), started, services);
    }

    /// <summary>Starts servers that call UseMesh().</summary>
    /// <param name="servers">How many.</param>
    /// <param name="inbound">Their keys under <c>Mesh:</c>.</param>
    /// <param name="settings">Those of the client.</param>
    public static async Task<GrpcPair> StartMeshAsync(int servers, Dictionary<string, string?> inbound, params (string Key, string? Value)[] settings)
    {
        var services = Enumerable.Range(0, servers).Select(i => new PricingService($"pricing-{i + 1}")).ToArray();
        var started = await Task.WhenAll(services.Select((s, i) => ServeMeshAsync($"pricing-{i + 1}", s, inbound)));
        return new(await ClientAsync(started, settings), started, services);
    }

    public static Task<MeshApp> ClientAsync(TestServer[] servers, params (string Key, string? Value)[] settings) => ClientAsync(servers, mesh: null, settings);

    private static async Task<MeshApp> ClientAsync(TestServer[] servers, Action<MeshBuilder>? mesh, (string Key, string? Value)[] settings)
    {
        var all = settings.ToDictionary(s => s.Key, s => s.Value);
        all.TryAdd("Upstreams:pricing:Service", "pricing");
        var app = await MeshApp.StartAsync(all, mesh, s => s.AddGrpcClient<Pricing.PricingClient>(o => o.Address = new("http://pricing")));
        app.Registry.Say("pricing", servers.Select(s => s.Endpoint));
        return app;
    }

    public static Task<TestServer> ServeAsync(string name, PricingService service) => TestServer.StartAsync(
        name, protocols: HttpProtocols.Http2, configure: builder =>
        {
            builder.Services.AddGrpc();
            builder.Services.AddSingleton(service);
        }, map: app => app.MapGrpcService<PricingService>());

    /// <param name="name">The server's name.</param>
    /// <param name="service">What it answers.</param>
    /// <param name="inbound">Its keys under <c>Mesh:</c>.</param>
    /// <param name="ownRegistry">Whether services are found in a <see cref="TestRegistry"/>, not in Consul.</param>
    public static Task<TestServer> ServeMeshAsync(string name, PricingService service, Dictionary<string, string?> inbound, bool ownRegistry = true) =>
        MeshServer.StartAsync(name, settings: inbound, ownRegistry: ownRegistry, protocols: HttpProtocols.Http2, services: services =>
        {
            services.AddGrpc();
            services.AddSingleton(service);
        }, map: app => app.MapGrpcService<PricingService>());

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        foreach (var server in Servers)
            await server.DisposeAsync();
    }
}
