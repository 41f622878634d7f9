using MeshClient.Consul.Api;
using MeshClient.Model;
using MeshClient.TestKit;

namespace MeshClient.ContractTests;

/// <summary>What the library expects of its registry, held against the development registry and against a real Consul by the same client.</summary>
public abstract class RegistryContract : IAsyncLifetime
{
    private IRegistryUnderTest _registry = null!;

    protected IRegistryUnderTest Registry => _registry;

    protected abstract Task<IRegistryUnderTest> StartRegistryAsync();

    public async ValueTask InitializeAsync() => _registry = await StartRegistryAsync();

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
            await _registry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_registered_instance_is_found_with_all_that_was_said_of_it()
    {
        await using var web = await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5001,
            ("Mesh:Service:Id", "c-1"), ("Mesh:Service:Tags:0", "blue"), ("Mesh:Service:Meta:zone", "a"), ("Mesh:Service:Weights:Passing", "7"));
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var watch = caller.Watch("catalog");
        await MeshUnderTest.SeesAsync(watch, 5001);
        var endpoint = watch.Current.LastGood!.Endpoints.Single();
        Assert.EndsWith("/c-1", endpoint.InstanceId, StringComparison.Ordinal);
        Assert.Equal("127.0.0.1", endpoint.Host);
        Assert.Equal(7, endpoint.Weight);
        Assert.Equal(["blue"], endpoint.Tags);
        Assert.Equal("a", endpoint.Meta["zone"]);
        Assert.Equal("dc1", endpoint.Datacenter);
        Assert.Equal(EndpointHealth.Passing, endpoint.Health);
    }

    [Fact]
    public async Task A_service_that_nobody_registered_is_an_empty_set_and_no_fault()
    {
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var watch = caller.Watch("nobody");
        await Eventually.True(() => watch.Current.LastGood is not null);
        Assert.Empty(watch.Current.LastGood!.Endpoints);
        Assert.Null(watch.Current.Trouble);
    }

    [Fact]
    public async Task Those_who_come_and_go_are_seen_by_a_watch_that_waits()
    {
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var watch = caller.Watch("catalog");
        await Eventually.True(() => watch.Current.LastGood is not null);
        await using (await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5001))
        {
            await MeshUnderTest.SeesAsync(watch, 5001);
            await using (await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5002))
                await MeshUnderTest.SeesAsync(watch, 5001, 5002);
            await MeshUnderTest.SeesAsync(watch, 5001);
        }
        await MeshUnderTest.SeesAsync(watch);
        Assert.Null(watch.Current.Trouble);
    }

    [Fact]
    public async Task A_check_that_warns_or_is_critical_and_maintenance_are_told_apart()
    {
        await using var web = await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5001, ("Mesh:Service:Id", "c-1"),
            ("Mesh:Service:Check:Ttl", "00:10:00"), ("Mesh:Service:Weights:Passing", "10"), ("Mesh:Service:Weights:Warning", "2"));
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var watch = caller.Watch("catalog");
        await MeshUnderTest.SeesAsync(watch, 5001);

        await web.Agent.UpdateCheckAsync("service:c-1", "catalog", CheckStatus.Warning, "hot", default);
        await Eventually.True(() => Only().Health == EndpointHealth.Warning);
        Assert.Equal(2, Only().Weight);

        await web.Agent.UpdateCheckAsync("service:c-1", "catalog", CheckStatus.Critical, "down", default);
        await Eventually.True(() => Only().Health == EndpointHealth.Critical);
        Assert.False(Only().IsUsable);

        await web.Agent.UpdateCheckAsync("service:c-1", "catalog", CheckStatus.Passing, "", default);
        await web.Agent.SetMaintenanceAsync("c-1", "catalog", enable: true, "upgrade", default);
        await Eventually.True(() => Only().Health == EndpointHealth.Maintenance);

        await web.Agent.SetMaintenanceAsync("c-1", "catalog", enable: false, "", default);
        await Eventually.True(() => Only().Health == EndpointHealth.Passing);
        Assert.Equal(10, Only().Weight);

        Endpoint Only() => watch.Current.LastGood!.Endpoints.Single();
    }

    [Fact]
    public async Task An_instance_that_no_longer_reports_becomes_critical()
    {
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        await caller.Agent.RegisterAsync(
            new ServiceRegistration
            {
                ID = "dead",
                Name = "catalog",
                Address = "127.0.0.1",
                Port = 5009,
                Check = new CheckRegistration { CheckID = "service:dead", Name = "ttl", TTL = "1s", Status = "passing" },
            }, default);
        var watch = caller.Watch("catalog");
        await Eventually.True(() => watch.Current.LastGood?.Endpoints.SingleOrDefault()?.Health == EndpointHealth.Critical);
    }

    [Fact]
    public async Task An_instance_that_reports_outlives_its_ttl()
    {
        await using var web = await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5001);
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var healths = new List<EndpointHealth>();
        var watch = caller.Watch("catalog", state => healths.AddRange(state.LastGood?.Endpoints.Select(e => e.Health) ?? []));
        await MeshUnderTest.SeesAsync(watch, 5001);
        // Twice the TTL of 3 s: without heartbeats it would be critical by then.
        await Task.Delay(TimeSpan.FromSeconds(6));
        Assert.Equal([EndpointHealth.Passing], healths.Distinct());
    }

    [Fact]
    public async Task An_instance_that_the_agent_has_forgotten_registers_again()
    {
        await using var web = await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5001, ("Mesh:Service:Id", "c-1"));
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var watch = caller.Watch("catalog");
        await MeshUnderTest.SeesAsync(watch, 5001);
        await web.Agent.DeregisterAsync("c-1", "catalog", default);
        await MeshUnderTest.SeesAsync(watch);
        await MeshUnderTest.SeesAsync(watch, 5001);
    }

    [Fact]
    public async Task A_registry_that_was_wiped_never_empties_the_service_and_is_filled_again()
    {
        await using var first = await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5001);
        await using var second = await MeshUnderTest.StartAsync(Registry.Address, "catalog", 5002);
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var least = int.MaxValue;
        var watch = caller.Watch("catalog");
        await MeshUnderTest.SeesAsync(watch, 5001, 5002);
        using var counting = caller.Services.GetService(typeof(Discovery.IServiceWatches)) is Discovery.IServiceWatches watches
            ? watches.Watch(new ServiceName("catalog"), state => least = Math.Min(least, state.LastGood?.Endpoints.Count(e => e.IsUsable) ?? 0))
            : null;
        await Registry.WipeAsync();
        // Both register again, and the wiped registry itself says so, not only the memory of the caller.
        await using var fresh = await MeshUnderTest.StartAsync(Registry.Address);
        await MeshUnderTest.SeesAsync(fresh.Watch("catalog"), 5001, 5002);
        await MeshUnderTest.SeesAsync(watch, 5001, 5002);
        Assert.Equal(2, least);
    }

    [Fact]
    public async Task Two_hundred_changes_in_four_seconds_end_in_the_right_state()
    {
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        var watch = caller.Watch("busy");
        await Eventually.True(() => watch.Current.LastGood is not null);
        for (var i = 0; i < 200; i++)
        {
            await caller.Agent.RegisterAsync(
                new ServiceRegistration { ID = $"b-{i % 10}", Name = "busy", Address = "127.0.0.1", Port = 6000 + i }, default);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
        await MeshUnderTest.SeesAsync(watch, [.. Enumerable.Range(6190, 10)]);
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("instance-7.example.internal")]
    public async Task Addresses_of_every_kind_come_through(string address)
    {
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address);
        await caller.Agent.RegisterAsync(new ServiceRegistration { ID = "a", Name = "catalog", Address = address, Port = 5001 }, default);
        var watch = caller.Watch("catalog");
        await MeshUnderTest.SeesAsync(watch, 5001);
        Assert.Equal(address, watch.Current.LastGood!.Endpoints.Single().Host);
    }

    [Fact]
    public async Task Another_datacenter_that_there_is_not_is_a_fault_that_names_it()
    {
        await using var caller = await MeshUnderTest.StartAsync(Registry.Address, settings: ("Mesh:Consul:Datacenter", "dc9"));
        var watch = caller.Watch("catalog");
        await Eventually.True(() => watch.Current.Trouble is not null);
        Assert.Null(watch.Current.LastGood);
        Assert.Contains("datacenter", watch.Current.Trouble, StringComparison.OrdinalIgnoreCase);
    }
}

public sealed class DevRegistryContract : RegistryContract
{
    protected override Task<IRegistryUnderTest> StartRegistryAsync() => DevRegistryUnderTest.StartAsync();
}

public sealed class ConsulContract : RegistryContract
{
    protected override Task<IRegistryUnderTest> StartRegistryAsync() => ConsulUnderTest.StartAsync();
}
