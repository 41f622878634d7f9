using System.Net;

namespace MeshClient.FunctionalTests.Transport;

/// <summary>What a registry may give as an address.</summary>
public sealed class AddressTests
{
    [Fact]
    public async Task An_ipv6_address()
    {
        await using var a = await TestServer.StartAsync("a", address: IPAddress.IPv6Loopback);
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", a.EndpointAt("::1"));

        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        Assert.Equal("catalog", Assert.Single(a.Requests).Host);
    }

    [Fact]
    public async Task A_host_name()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", a.EndpointAt("localhost"));

        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        Assert.Equal("catalog", Assert.Single(a.Requests).Host);
    }

    [Fact]
    public async Task A_host_name_that_nobody_knows_is_tried_elsewhere()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.ConfiguredAsync(new() { ["Upstreams:catalog:LoadBalancing"] = "RoundRobin" });
        app.Registry.Say("catalog", a.Endpoint, new Endpoint { InstanceId = "lost", Host = "no-such-host.invalid", Port = 80 });

        for (var i = 0; i < 4; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
    }

    [Fact]
    public async Task Instances_that_take_no_calls_get_none()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var b = await TestServer.StartAsync("b");
        await using var c = await TestServer.StartAsync("c");
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say(
            "catalog", a.Endpoint, b.Endpoint with { Health = Model.EndpointHealth.Critical }, c.Endpoint with { Weight = 0 });

        for (var i = 0; i < 20; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
    }
}
