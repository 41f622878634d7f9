using MeshClient.Http;
using MeshClient.Model;
using MeshClient.Testing.Tests.Kit;

namespace MeshClient.Testing.Tests;

public sealed class RegistryTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly TestMesh _mesh;
    private readonly TestService _catalog;
    private readonly TestInstance _one;
    private readonly TestInstance _two;
    private readonly Client _client;

    public RegistryTests()
    {
        _mesh = new TestMesh { Time = _time };
        _catalog = _mesh.Service("catalog");
        _one = _catalog.AddInstance();
        _two = _catalog.AddInstance();
        _client = new Client(_mesh);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Instances_come_and_go_while_the_program_runs()
    {
        Assert.Equal((2, 2), await SharesAsync());

        _one.Remove();
        await _mesh.SettleAsync();
        Assert.Equal((0, 4), await SharesAsync());
        Assert.Equal([_two], _catalog.Instances);
        Assert.False(_one.IsRegistered);

        _one.Return();
        _two.SetHealth(EndpointHealth.Critical);
        await _mesh.SettleAsync();
        Assert.Equal((4, 0), await SharesAsync());

        _two.SetHealth(EndpointHealth.Passing);
        _one.Change(endpoint => endpoint with { Weight = 0 });
        await _mesh.SettleAsync();
        Assert.Equal((0, 4), await SharesAsync());

        var three = _catalog.AddInstance("third");
        await _mesh.SettleAsync();
        // A new instance beside others takes its share by a slow start.
        _time.Advance(TimeSpan.FromMinutes(1));
        await SharesAsync();
        Assert.Equal(2, three.CallCount);
        Assert.Same(three, _catalog.Instance("third"));
    }

    [Fact]
    public async Task While_the_registry_is_away_the_last_good_set_serves_on()
    {
        await SharesAsync();
        _mesh.Registry.Fail("Consul is down for maintenance");
        _one.Remove();
        await _mesh.SettleAsync();
        Assert.Equal((2, 2), await SharesAsync());

        _mesh.Registry.Recover();
        await _mesh.SettleAsync();
        Assert.Equal((0, 4), await SharesAsync());

        _mesh.Registry.GoStale();
        _two.Remove();
        await _mesh.SettleAsync();
        Assert.False(_mesh.Registry.IsAvailable);
        Assert.Equal((0, 4), await SharesAsync());
    }

    [Fact]
    public async Task Of_a_service_that_is_not_known_yet_nothing_is_learned_while_the_registry_is_away()
    {
        _mesh.Registry.Fail("Consul is down for maintenance");
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => _time.RunAsync(_client.GetAsync()));
        Assert.Equal(UnavailableReason.NotKnownYet, error.Reason);
        Assert.Contains("Consul is down for maintenance", error.Message, StringComparison.Ordinal);

        var call = _client.GetAsync();
        _mesh.Registry.Recover();
        (await _time.RunAsync(call)).Dispose();
        Assert.Equal(1, _catalog.CallCount);
    }

    [Fact]
    public async Task A_service_without_instances_is_unavailable_as_in_production()
    {
        await SharesAsync();
        _one.Remove();
        _two.Remove();
        await _mesh.SettleAsync();
        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => _client.GetAsync());
        Assert.Equal(UnavailableReason.NoInstances, error.Reason);
    }

    [Fact]
    public async Task An_instance_that_is_gone_leaves_its_calls_in_flight_alone()
    {
        _two.Remove();
        await _mesh.SettleAsync();
        _one.Inject(Fault.Delay(TimeSpan.FromSeconds(1)), times: 1);
        var call = _client.GetAsync();
        await _one.WaitForCallsAsync();
        _one.Remove();
        await _mesh.SettleAsync();
        using var response = await _time.RunAsync(call);
        Assert.True(response.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Settling_waits_for_the_first_word_of_watches_that_have_begun()
    {
        var call = _client.GetAsync();
        await _mesh.SettleAsync();
        _mesh.Registry.Fail();
        // Known before the registry went away, so the call cannot be one that waits for it.
        (await call).Dispose();
        Assert.Equal(1, _catalog.CallCount);
    }

    [Fact]
    public async Task Hosts_that_share_a_mesh_are_all_waited_for()
    {
        await using var other = new Client(_mesh);
        await other.GetAsync(1);
        await _client.GetAsync(1);
        _mesh.ClearCalls();
        _one.Remove();
        await _mesh.SettleAsync();
        await other.GetAsync(2);
        await _client.GetAsync(2);
        Assert.Equal(4, _two.CallCount);
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        Assert.Contains("catalog-1", Assert.Throws<ArgumentException>(() => _catalog.AddInstance("catalog-1")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _one.Change(e => e with { Port = 80 }));
        Assert.Throws<ArgumentException>(() => _mesh.Service("no/name"));
        Assert.Contains("\"catalog-1\", \"catalog-2\"", Assert.Throws<KeyNotFoundException>(() => _catalog.Instance("catalog-9")).Message, StringComparison.Ordinal);
    }

    private async Task<(int One, int Two)> SharesAsync()
    {
        _mesh.ClearCalls();
        await _client.GetAsync(4);
        return (_one.CallCount, _two.CallCount);
    }
}
