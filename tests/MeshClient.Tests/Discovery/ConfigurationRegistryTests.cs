using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Configuration;

namespace MeshClient.Tests.Discovery;

public sealed class ConfigurationRegistryTests
{
    private static readonly ServiceName Catalog = new("catalog");

    private readonly TestLog<ConfigurationRegistry> _log = new();

    [Fact]
    public void Every_form_is_read_from_a_configuration()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["catalog:Addresses:0"] = "10.0.0.1:80",
            ["catalog:Endpoints:0:Address"] = "[::1]:81",
            ["catalog:Endpoints:0:Weight"] = "3",
            ["catalog:Endpoints:0:Tags:0"] = "v2",
            ["catalog:Endpoints:0:Meta:zone"] = "a",
            ["catalog:Endpoints:1"] = "10.0.0.2:80",
            ["other:Timeout"] = "00:00:01",
        }).Build();
        var services = EndpointsSection.Read(configuration);
        var errors = new List<string>();
        var endpoints = ConfiguredEndpoints.Build("catalog", services["Catalog"], errors);
        Assert.Empty(errors);
        Assert.Equal(["10.0.0.1", "::1", "10.0.0.2"], endpoints.Select(endpoint => endpoint.Host));
        Assert.Equal((3, "v2", "a"), (endpoints[1].Weight, endpoints[1].Tags[0], endpoints[1].Meta["zone"]));
        Assert.Empty(services["other"].Endpoints);
    }

    [Fact]
    public void Every_error_is_listed_with_its_place()
    {
        var options = new ServiceEndpointsOptions { Addresses = ["web:0", "ok:1", "ok:1"], Endpoints = [new() { Address = "x:1", Weight = -1 }, new()] };
        var errors = ConfigurationRegistry.Validate([new("catalog", options)]);
        Assert.Equal(4, errors.Count);
        Assert.Contains(errors, error => error.StartsWith("Mesh:Services:catalog:Addresses:0:", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.Contains("use Weight", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("Mesh:Services:catalog:Endpoints:1: Expected \"host:port\"", StringComparison.Ordinal));
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

    private static Dictionary<string, ServiceEndpointsOptions> Of(params string[] addresses) =>
        new() { ["Catalog"] = new() { Addresses = addresses } };

    private static RegistryUpdate.Snapshot Snapshot(string host) =>
        new(new ServiceSnapshot(Catalog, [new Endpoint { InstanceId = host, Host = host, Port = 1 }]));

    private static async Task<string> NextHostsAsync(IAsyncEnumerator<RegistryUpdate> updates)
    {
        Assert.True(await updates.MoveNextAsync());
        return string.Join(',', Assert.IsType<RegistryUpdate.Snapshot>(updates.Current).Value.Endpoints.Select(endpoint => endpoint.Host));
    }
}
