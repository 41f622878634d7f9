using System.Net;
using MeshClient.Endpoints;
using MeshClient.Http;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Http;

public sealed class HashKeyTests
{
    private static readonly string[] s_ids = ["a1", "a2", "a3", "a4", "a5"];

    [Fact]
    public async Task Calls_of_one_key_reach_one_instance_from_every_client()
    {
        using var here = Mesh(s_ids);
        using var elsewhere = Mesh([.. s_ids.Reverse()]);
        var used = new HashSet<string>();
        for (var user = 0; user < 40; user++)
        {
            var first = await SendAsync(here, $"user-{user}");
            Assert.Equal(first, await SendAsync(here, $"user-{user}"));
            Assert.Equal(first, await SendAsync(elsewhere, $"user-{user}"));
            used.Add(first);
        }
        Assert.Equal(s_ids, used.Order());
    }

    [Fact]
    public async Task Retries_of_one_key_reach_the_same_instances_in_the_same_order()
    {
        var orders = new List<string>();
        foreach (var ids in (string[][])[s_ids, [.. s_ids.Reverse()]])
        {
            using var mesh = Mesh(ids);
            mesh.Transports.Answers(_ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
            await SendAsync(mesh, "user-7");
            Assert.Equal(3, mesh.Transports.Sent.Select(s => s.InstanceId).Distinct().Count());
            orders.Add(string.Join(' ', mesh.Transports.Sent.Select(s => s.InstanceId)));
        }
        Assert.Equal(orders[0], orders[1]);
    }

    [Fact]
    public async Task While_its_instance_is_ejected_a_key_goes_where_its_retries_went_and_then_back()
    {
        using var mesh = Mesh(s_ids);
        var home = await SendAsync(mesh, "user-7");
        mesh.Transports.Answers(e => new HttpResponseMessage(e.InstanceId == home ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        var next = await SendAsync(mesh, "user-7");
        mesh.Transports.Answers(_ => new HttpResponseMessage());
        mesh.Eject(home);
        Assert.Equal(next, await SendAsync(mesh, "user-7"));
        mesh.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.NotEqual(EndpointStanding.Ejected, mesh.Catalog.Endpoints.Single(e => e.Endpoint.InstanceId == home).Standing);
        Assert.Equal(home, await SendAsync(mesh, "user-7"));
    }

    [Fact]
    public async Task Without_a_key_calls_are_spread()
    {
        using var mesh = Mesh(s_ids);
        for (var i = 0; i < 60; i++)
            await mesh.RunAsync(mesh.GetAsync());
        Assert.Equal(5, mesh.Transports.Sent.Select(s => s.InstanceId).Distinct().Count());
    }

    private static MeshHarness Mesh(string[] ids)
    {
        var mesh = new MeshHarness(o => o.LoadBalancing = "RingHash");
        mesh.Catalogs(ids);
        return mesh;
    }

    // The instance that answered last.
    private static async Task<string> SendAsync(MeshHarness mesh, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/cart").SetMeshHashKey(key);
        using var response = await mesh.RunAsync(mesh.Client.SendAsync(request));
        return mesh.Transports.Sent[^1].InstanceId;
    }
}
