using MeshClient.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Two strict programs, web and catalog, that serve and call each other; nothing of them is the test's but the agent.</summary>
internal sealed class MeshPair : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider? _time;

    private MeshPair(TestServer web, TestServer catalog, FakeTimeProvider? time) => (Web, Catalog, _time) = (web, catalog, time);

    public TestServer Web { get; }

    public TestServer Catalog { get; }

    public IdentityKeeper Identity => Keeper(Web);

    public IdentityKeeper CatalogIdentity => Keeper(Catalog);

    /// <param name="agent">The agent of catalog.</param>
    /// <param name="agentOfWeb">That of web; null = the same.</param>
    /// <param name="time">Their clock; null = the system's.</param>
    public static async Task<MeshPair> StartAsync(Uri agent, Uri? agentOfWeb = null, FakeTimeProvider? time = null)
    {
        var catalog = await ServiceAsync("catalog", agent, time);
        return new MeshPair(await ServiceAsync("web", agentOfWeb ?? agent, time), catalog, time);
    }

    /// <summary>Waits until each has been served by the other: registrations and certificates come by themselves, with rests after failures.</summary>
    public async Task ServedAsync()
    {
        foreach (var call in new[] { FailureAsync, FailureOfCatalogAsync })
        {
            await Eventually.True(async () =>
            {
                _time?.Advance(TimeSpan.FromMilliseconds(500));
                return await call() is null;
            }, s_patience);
        }
    }

    /// <summary>What web's call to catalog fails by; null = it does not.</summary>
    public Task<Exception?> FailureAsync() => FailureAsync(Web, "catalog");

    /// <summary>What catalog's call to web fails by; null = it does not.</summary>
    public Task<Exception?> FailureOfCatalogAsync() => FailureAsync(Catalog, "web");

    public async Task<HealthReportEntry> HealthAsync() =>
        (await Web.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["mesh_identity"];

    public async ValueTask DisposeAsync()
    {
        await Web.DisposeAsync();
        await Catalog.DisposeAsync();
    }

    private async Task<Exception?> FailureAsync(TestServer from, string to)
    {
        var call = from.Client().GetStringAsync(new Uri($"http://{to}/"));
        // The rests between its attempts are by their clock.
        while (_time is not null && await Task.WhenAny(call, Task.Delay(20)) != call)
            _time.Advance(TimeSpan.FromMilliseconds(20));
        try
        {
            await call;
            return null;
        }
        catch (HttpRequestException error)
        {
            return error;
        }
    }

    private static IdentityKeeper Keeper(TestServer server) => server.Services.GetRequiredService<MeshSecurity>().Identity!;

    private static Task<TestServer> ServiceAsync(string name, Uri agent, TimeProvider? time) => MeshServer.StartAsync(
        name, settings: new()
        {
            ["Service:Name"] = name,
            ["Security:Mode"] = "Strict",
            ["Consul:Address"] = agent.GetLeftPart(UriPartial.Authority),
            ["FirstSnapshotTimeout"] = "00:00:01",
            ["Upstreams:catalog:Service"] = "catalog",
            ["Upstreams:web:Service"] = "web",
        }, ownRegistry: false, services: services =>
        {
            services.AddHealthChecks().AddMesh();
            if (time is not null)
                services.Replace(ServiceDescriptor.Singleton(time));
        });
}
