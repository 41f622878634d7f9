using MeshClient.DevRegistry;
using MeshClient.Http;

namespace MeshClient.FunctionalTests.BadInput;

/// <summary>Services that are not there, and instances that cannot be called.</summary>
public sealed class ServicesTests
{
    private const int NoInstances = 1203;

    [Fact]
    public async Task A_service_that_the_registry_does_not_know_is_named_to_its_caller()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var app = await MeshApp.StartAsync(
            new() { ["Consul:Address"] = registry.Address.GetLeftPart(UriPartial.Authority) }, ownRegistry: false);

        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => app.Client().GetAsync("http://catlog.mesh/"));

        Assert.Equal((UnavailableReason.NoInstances, "catlog"), (error.Reason, error.Service));
        Assert.Contains("the registry knows no instance of \"catlog\". Is the service registered under that name?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_declared_one_is_warned_of_before_anybody_calls_it()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var app = await MeshApp.StartAsync(
            new() { ["Consul:Address"] = registry.Address.GetLeftPart(UriPartial.Authority), ["Upstreams:catalog:Service"] = "catlog" }, ownRegistry: false);

        await Eventually.True(() => app.Log.Of(NoInstances).Any());
        Assert.Contains("catalog: the registry knows no instance of catlog", app.Log.Of(NoInstances).Single().Text, StringComparison.Ordinal);
        Assert.Contains("set Mesh:Upstreams:catalog:Service", app.Log.Of(NoInstances).Single().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_instance_that_goes_is_warned_of_once()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);
        await app.Client().GetStringAsync("http://catalog/");
        app.Registry.Say("catalog");
        await Eventually.True(() => app.Log.Of(NoInstances).Any());
        app.Registry.Say("catalog");
        app.Registry.Say("catalog", a.Endpoint);
        await Eventually.True(() => !app.Cluster().State.Available.IsEmpty);
        Assert.Single(app.Log.Of(NoInstances));
    }

    [Fact]
    public async Task An_instance_with_port_0_takes_no_calls_and_the_error_says_so()
    {
        await using var app = await MeshApp.OfCatalogAsync();
        app.Registry.Say("catalog", new Endpoint { InstanceId = "worker", Host = "127.0.0.1", Port = 0 });

        var error = await Assert.ThrowsAsync<MeshUnavailableException>(() => app.Client().GetAsync("http://catalog/"));

        Assert.Equal(UnavailableReason.NoneUsable, error.Reason);
        Assert.Contains("none of the 1 instances of \"catalog\" can be used (1 weight or port 0)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_tells_an_instance_twice_is_understood_once()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync();
        app.Registry.Say("catalog", a.Endpoint, a.Endpoint with { Weight = 5 });

        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        Assert.Equal(1, Assert.Single(app.Cluster().State.Available).Weight);
    }

    [Fact]
    public async Task Two_instances_of_one_ID_are_told_apart_by_their_addresses()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var b = await TestServer.StartAsync("b");
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" });
        app.Registry.Say("catalog", a.Endpoint, b.Endpoint with { InstanceId = "a" });

        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
            answers.Add(await app.Client().GetStringAsync("http://catalog/"));
        Assert.Equal(["a", "a", "b", "b"], answers.Order());
    }

    [Fact]
    public async Task A_host_name_that_does_not_resolve_is_named_with_its_service_and_instance()
    {
        await using var app = await MeshApp.StartAsync(
            new() { ["Services:catalog:Endpoints:0"] = "no-such-host.invalid:80", ["Upstreams:catalog:Retry:MaxAttempts"] = "1" });

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => app.Client().GetAsync("http://catalog/"));

        Assert.Equal(HttpRequestError.NameResolutionError, error.HttpRequestError);
        Assert.StartsWith("catalog: no connection to no-such-host.invalid:80 (no-such-host.invalid:80) (1 attempt): ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Does the host name resolve on this machine?", error.Message, StringComparison.Ordinal);
    }
}
