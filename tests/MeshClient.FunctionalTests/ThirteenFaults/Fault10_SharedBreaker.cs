using System.Net;
using MeshClient.Endpoints;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>One breaker was shared by all clients and instances, and forgot everything at each reload of the options.</summary>
public sealed class Fault10_shared_breaker
{
    private static readonly Dictionary<string, string?> s_settings = new()
    {
        ["Upstreams:catalog:LoadBalancing"] = "RoundRobin",
        ["Upstreams:pricing:Service"] = "pricing",
    };

    [Fact]
    public async Task A_broken_instance_shuts_out_neither_its_siblings_nor_other_services()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var b = await TestServer.StartAsync("b");
        await using var p = await TestServer.StartAsync("p");
        await using var app = await MeshApp.ConfiguredAsync(new(s_settings), a, b);
        app.Registry.Say("pricing", p.Endpoint);

        for (var i = 0; i < 100; i++)
        {
            using var catalog = await app.Client($"client-{i % 3}").GetAsync("http://catalog/");
            using var pricing = await app.Client($"client-{i % 3}").GetAsync("http://pricing/");
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (catalog.StatusCode, pricing.StatusCode));
        }

        Assert.Null(app.Endpoint("a"));
        // Five failures eject it; not one more call reaches it, nor did its ejection cost the others anything.
        Assert.Equal(5, a.Requests.Count);
        Assert.Equal(100, b.Requests.Count);
        Assert.Equal(100, p.Requests.Count);
    }

    [Fact]
    public async Task A_service_that_is_down_leaves_the_others_alone()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var p = await TestServer.StartAsync("p");
        await using var app = await MeshApp.ConfiguredAsync(new(s_settings), a);
        app.Registry.Say("pricing", p.Endpoint);

        for (var i = 0; i < 30; i++)
        {
            using var catalog = await app.Client().GetAsync("http://catalog/");
            using var pricing = await app.Client().GetAsync("http://pricing/");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, catalog.StatusCode);
            Assert.Equal(HttpStatusCode.OK, pricing.StatusCode);
        }
    }

    [Fact]
    public async Task A_reload_of_the_options_forgets_no_ejection_and_closes_no_connection()
    {
        await using var a = await TestServer.StartAsync("a", Answers.Status(503));
        await using var b = await TestServer.StartAsync("b");
        await using var app = await MeshApp.ConfiguredAsync(new(s_settings), a, b);
        do
        {
            using var response = await app.Client().GetAsync("http://catalog/");
        }
        while (app.Endpoint("a") is not null);
        var before = (a.Requests.Count, b.Connections, Watches: app.Registry.Begun);

        app.Reload("Upstreams:catalog:Timeout", "00:00:07");

        Assert.Equal(TimeSpan.FromSeconds(7), app.Cluster().Options.Timeout);
        Assert.Null(app.Endpoint("a"));
        for (var i = 0; i < 20; i++)
        {
            using var response = await app.Client().GetAsync("http://catalog/");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        Assert.Equal(before, (a.Requests.Count, b.Connections, app.Registry.Begun));
        Assert.Equal(EndpointStanding.Active, app.Endpoint("b")!.Standing);
    }
}
