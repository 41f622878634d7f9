using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

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

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_host_name_of_several_addresses_is_tried_at_each(string version)
    {
        var addresses = await Dns.GetHostAddressesAsync("localhost", TestContext.Current.CancellationToken);
        Assert.SkipUnless(addresses.Length > 1, "localhost has one address on this machine.");
        await using var a = await TestServer.StartAsync(
            "a", address: addresses[^1], protocols: version == "2.0" ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await using var app = await MeshApp.StartAsync();
        app.Registry.Say("catalog", a.EndpointAt("localhost"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/") { Version = new(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await app.Client().SendAsync(request);
        Assert.Equal("a", await response.Content.ReadAsStringAsync());
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
