using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Discovery;

public sealed class ConfigurationRegistryTests
{
    private static readonly ServiceName Catalog = new("catalog");

    private readonly TestLog<ConfigurationRegistry> _log = new();

    [Fact]
    public void Every_error_is_listed_with_its_place()
    {
        var options = new ServiceEndpointsOptions
        {
            Endpoints = [new() { Address = "web:0" }, new() { Address = "ok:1" }, new() { Address = "ok:1" }, new() { Address = "x:1", Weight = -1 }, new()],
        };
        var errors = ConfigurationRegistry.Validate([new("catalog", options)]);
        Assert.Equal(4, errors.Count);
        Assert.Contains(errors, error => error.StartsWith("Mesh:Services:catalog:Endpoints:0:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("use Weight", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Mesh:Services:catalog:Endpoints:4: Expected \"host:port\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(65_535, null)]
    [InlineData(-1, "Mesh:Services:catalog:Endpoints:0:Weight: Expected 0 to 65535, found -1")]
    [InlineData(65_536, "Mesh:Services:catalog:Endpoints:0:Weight: Expected 0 to 65535, found 65536")]
    public void A_weight_is_taken_within_its_range(int weight, string? error)
    {
        var options = new ServiceEndpointsOptions { Endpoints = [new() { Address = "a:1", Weight = weight }] };
        var found = ConfigurationRegistry.Validate([new("catalog", options)]);
        if (error is null)
            Assert.Empty(found);
        else
            Assert.StartsWith(error, Assert.Single(found), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_are_served_live_and_unusable_ones_change_nothing()
    {
        var registry = new ConfigurationRegistry(_log);
        registry.Update(Of("a:1"));
        await using var updates = registry.WatchAsync(Catalog, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.Equal("a", await NextHostsAsync(updates));

        Assert.False(registry.Update(Of("a:0")));
        Assert.Equal(1, _log.Count(1010));
        Assert.True(registry.Update(Of("a:1")));
        Assert.True(registry.Update(Of("b:1", "c:1")));
        Assert.Equal("b,c", await NextHostsAsync(updates));
    }

    [Fact]
    public async Task The_composite_changes_over_when_the_configuration_gains_and_loses_the_service()
    {
        var configuration = new ConfigurationRegistry(_log);
        var other = new ScriptedRegistry();
        await using var updates =
            new CompositeRegistry(configuration, other).WatchAsync(Catalog, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        other.Say(Snapshot("consul"));
        Assert.Equal("consul", await NextHostsAsync(updates));

        var next = NextHostsAsync(updates);
        configuration.Update(Of("static:1"));
        Assert.Equal("static", await next);
        Assert.Equal(0, other.Active);

        next = NextHostsAsync(updates);
        configuration.Update([]);
        other.Say(Snapshot("again"));
        Assert.Equal("again", await next);
        Assert.Equal(2, other.Started);
    }

    [Fact]
    public async Task The_composite_ends_with_its_source_and_with_its_reader()
    {
        var other = new ScriptedRegistry();
        other.Updates.Writer.Complete();
        var registry = new CompositeRegistry(new ConfigurationRegistry(_log), other);
        await using var updates = registry.WatchAsync(Catalog, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.False(await updates.MoveNextAsync());

        using var stop = new CancellationTokenSource();
        other.Updates = System.Threading.Channels.Channel.CreateUnbounded<RegistryUpdate>();
        await using var stopped = registry.WatchAsync(Catalog, stop.Token).GetAsyncEnumerator(stop.Token);
        var next = stopped.MoveNextAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
    }

    [Fact]
    public async Task A_reader_that_turns_away_ends_the_source_of_the_composite()
    {
        var other = new ScriptedRegistry();
        other.Say(Snapshot("consul"));
        await foreach (var update in new CompositeRegistry(new ConfigurationRegistry(_log), other).WatchAsync(Catalog, TestContext.Current.CancellationToken))
        {
            Assert.Equal(1, other.Active);
            break;
        }
        Assert.Equal(0, other.Active);
    }

    private static Dictionary<string, ServiceEndpointsOptions> Of(params string[] addresses) =>
        new() { ["Catalog"] = new() { Endpoints = [.. addresses.Select(address => new EndpointOptions { Address = address })] } };

    private static RegistryUpdate.Snapshot Snapshot(string host) =>
        new(new ServiceSnapshot(Catalog, [new Endpoint { InstanceId = host, Host = host, Port = 1 }]));

    private static async Task<string> NextHostsAsync(IAsyncEnumerator<RegistryUpdate> updates)
    {
        Assert.True(await updates.MoveNextAsync());
        return string.Join(',', Assert.IsType<RegistryUpdate.Snapshot>(updates.Current).Value.Endpoints.Select(endpoint => endpoint.Host));
    }
}
