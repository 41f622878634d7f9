using MeshClient.Clusters;
using MeshClient.Discovery;
using MeshClient.HealthChecks;
using MeshClient.Model;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.Tests.HealthChecks;

public sealed class HealthChecksTests : IDisposable
{
    private readonly MeshHarness _mesh = new();

    [Fact]
    public async Task The_registry_fails_until_every_declared_service_is_known()
    {
        Assert.Equal((HealthStatus.Unhealthy, "catalog: it is not watched yet."), Said(await RegistryAsync()));
        _mesh.Clusters.WatchDeclared();
        Assert.Equal((HealthStatus.Unhealthy, "catalog: nothing is known of it. The registry has not answered yet."), Said(await RegistryAsync()));
        _mesh.Watches.Say("catalog", new WatchState(null, null, "The agent is away."));
        var result = await RegistryAsync(HealthStatus.Degraded);
        Assert.Equal((HealthStatus.Degraded, "catalog: nothing is known of it. The agent is away."), Said(result));
        Assert.Equal("The agent is away.", result.Data["catalog.trouble"]);
        Assert.DoesNotContain("catalog.age", result.Data);

        _mesh.Watches.Say("catalog");
        result = await RegistryAsync();
        Assert.Equal(HealthStatus.Healthy, result.Status);
        Assert.Equal(0.0, result.Data["catalog.age"]);
        Assert.DoesNotContain("catalog.trouble", result.Data);
    }

    [Fact]
    public async Task A_set_that_may_be_old_degrades_the_registry()
    {
        _mesh.Clusters.WatchDeclared();
        var set = new ServiceSnapshot(new ServiceName("catalog"), [MeshHarness.Endpoint("a")]);
        _mesh.Watches.Say("catalog", new WatchState(set, _mesh.Time.GetUtcNow(), "The agent is away."));
        _mesh.Time.Advance(TimeSpan.FromSeconds(90));

        var result = await RegistryAsync();

        Assert.Equal((HealthStatus.Degraded, "catalog: its set has been unconfirmed for 90 s. The agent is away."), Said(result));
        Assert.Equal(90.0, result.Data["catalog.age"]);
    }

    [Fact]
    public async Task A_name_that_nobody_declared_fails_neither_check()
    {
        _mesh.Clusters.WatchDeclared();
        _mesh.Catalogs("a");
        _mesh.Clusters.Find(new Uri("http://stray.mesh/"));
        _mesh.Watches.Say("stray", new WatchState(null, null, "No such service."));

        var result = await RegistryAsync();
        Assert.Equal(HealthStatus.Healthy, result.Status);
        Assert.Equal("No such service.", result.Data["stray.trouble"]);
        Assert.Equal(HealthStatus.Healthy, (await UpstreamsAsync()).Status);
    }

    [Fact]
    public async Task Upstreams_fail_while_a_service_has_no_endpoint_that_may_be_called()
    {
        Assert.Equal((HealthStatus.Degraded, "catalog: it is not watched yet."), Said(await UpstreamsAsync()));
        _mesh.Clusters.WatchDeclared();
        Assert.Equal((HealthStatus.Degraded, "catalog: nothing is known of it yet."), Said(await UpstreamsAsync()));
        _mesh.Watches.Say("catalog", MeshHarness.Endpoint("a", EndpointHealth.Critical), MeshHarness.Endpoint("b", weight: 0));

        var result = await UpstreamsAsync(HealthStatus.Unhealthy);

        Assert.Equal((HealthStatus.Unhealthy, "catalog: none of its 2 endpoints may be called (0 usable, 0 ejected, 0 not serving)."), Said(result));
        Assert.Equal((2, 0, 0), (result.Data["catalog.endpoints"], result.Data["catalog.usable"], result.Data["catalog.ejected"]));
        _mesh.Catalogs("a");
        Assert.Equal((HealthStatus.Healthy, "Every declared service has endpoints that may be called."), Said(await UpstreamsAsync()));
    }

    [Fact]
    public async Task Panic_degrades_upstreams()
    {
        _mesh.Catalogs("a", "b");
        _mesh.Catalog.Options.Balancing.PanicThresholdPercent = 60;
        _mesh.Eject("a");

        var result = await UpstreamsAsync(HealthStatus.Unhealthy);

        Assert.Equal((HealthStatus.Degraded, "catalog: of its 2 usable endpoints 1 are ejected and 0 do not serve, so they are called as well."), Said(result));
        Assert.Equal(1, result.Data["catalog.ejected"]);
    }

    [Fact]
    public async Task An_application_adds_all_by_one_line_with_its_tags()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMesh(mesh => mesh.UseRegistry<ScriptedRegistry>().Configure(o => o.Upstreams["catalog"] = new UpstreamOptions()));
        services.AddHealthChecks().AddMesh(upstreamsFailure: HealthStatus.Unhealthy, tags: ["ready"]);
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["mesh_identity", "mesh_intentions", "mesh_registry", "mesh_upstreams"], report.Entries.Keys.Order());
        Assert.All(report.Entries.Values, e => Assert.Equal(["ready"], e.Tags));
        Assert.Equal((HealthStatus.Healthy, "Mesh:Security:Mode is Off."), (report.Entries["mesh_identity"].Status, report.Entries["mesh_identity"].Description));
        Assert.Equal((HealthStatus.Healthy, "Mesh:Security:Mode is Off."), (report.Entries["mesh_intentions"].Status, report.Entries["mesh_intentions"].Description));
        Assert.All(report.Entries.Where(e => e.Key is not ("mesh_identity" or "mesh_intentions")).Select(e => e.Value), e => Assert.Equal((HealthStatus.Unhealthy, "catalog: it is not watched yet."), (e.Status, e.Description)));
    }

    public void Dispose() => _mesh.Dispose();

    private static (HealthStatus, string?) Said(HealthCheckResult result) => (result.Status, result.Description);

    private Task<HealthCheckResult> RegistryAsync(HealthStatus failure = HealthStatus.Unhealthy) =>
        CheckAsync(new RegistryHealthCheck(_mesh.Clusters, _mesh.Time), failure);

    private Task<HealthCheckResult> UpstreamsAsync(HealthStatus failure = HealthStatus.Degraded) =>
        CheckAsync(new UpstreamsHealthCheck(_mesh.Clusters), failure);

    private static Task<HealthCheckResult> CheckAsync(IHealthCheck check, HealthStatus failure) =>
        check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("test", check, failure, null) });
}
