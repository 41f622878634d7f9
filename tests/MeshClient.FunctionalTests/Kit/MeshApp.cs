using MeshClient.Clusters;
using MeshClient.Discovery;
using MeshClient.Endpoints;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>An application that calls AddMesh() as users do, with a registry that the test feeds.</summary>
internal sealed class MeshApp : IAsyncDisposable
{
    private readonly IHost _host;

    private MeshApp(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public TestRegistry Registry => (TestRegistry)Services.GetRequiredService<IServiceRegistry>();

    public LogLines Log => Services.GetRequiredService<LogLines>();

    /// <summary>Starts one.</summary>
    /// <param name="settings">Keys under <c>Mesh:</c> and their values; null = catalog is declared; empty = there is no such section.</param>
    /// <param name="mesh">Adjusts the mesh.</param>
    /// <param name="services">Adds to the application, after AddMesh.</param>
    /// <param name="before">Adds to the application, before AddMesh.</param>
    /// <param name="ownRegistry">Whether services are found in a <see cref="TestRegistry"/>, not in Consul.</param>
    public static async Task<MeshApp> StartAsync(
        Dictionary<string, string?>? settings = null, Action<MeshBuilder>? mesh = null, Action<IServiceCollection>? services = null,
        Action<IServiceCollection>? before = null, bool ownRegistry = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        settings ??= new() { ["Upstreams:catalog:Service"] = "catalog" };
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Mesh:{s.Key}", s.Value)));
        var log = new LogLines();
        builder.Services.AddSingleton(log);
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        before?.Invoke(builder.Services);
        builder.Services.AddMesh(m =>
        {
            if (ownRegistry)
                m.UseRegistry<TestRegistry>();
            mesh?.Invoke(m);
        });
        services?.Invoke(builder.Services);
        var app = new MeshApp(builder.Build());
        await app._host.StartAsync();
        return app;
    }

    /// <summary>Starts one whose catalog is these servers.</summary>
    public static async Task<MeshApp> ConfiguredAsync(Dictionary<string, string?>? settings, params TestServer[] servers)
    {
        settings?.TryAdd("Upstreams:catalog:Service", "catalog");
        var app = await StartAsync(settings);
        // Without servers the test has its own to tell: an empty set would be an answer, and a call could go by it.
        if (servers.Length > 0)
            app.Registry.Say("catalog", servers.Select(s => s.Endpoint));
        return app;
    }

    public static Task<MeshApp> OfCatalogAsync(params TestServer[] servers) => ConfiguredAsync(null, servers);

    public HttpClient Client(string name = "") => Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    /// <summary>A handler over the mesh, for what HttpClient does not do.</summary>
    public HttpMessageInvoker Invoker() => new(Services.GetRequiredService<IMesh>().CreateHandler());

    public Cluster Cluster(string name = "catalog") => Services.GetRequiredService<ClusterTable>().Find(new Uri($"http://{name}"))!;

    public EndpointState? Endpoint(string id, string name = "catalog") =>
        Cluster(name).State.Available.FirstOrDefault(e => e.Endpoint.InstanceId == id);

    /// <summary>The calls in flight on all of a service's endpoints.</summary>
    public int InFlight(string name = "catalog") => Cluster(name).State.Available.Sum(e => e.InFlight);

    /// <summary>Changes the configuration as an edited file would.</summary>
    public void Reload(string key, string? value)
    {
        var configuration = (IConfigurationRoot)Services.GetRequiredService<IConfiguration>();
        configuration[$"Mesh:{key}"] = value;
        configuration.Reload();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            _host.Dispose();
    }
}
