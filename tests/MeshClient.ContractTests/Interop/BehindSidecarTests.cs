using System.Net;
using Grpc.Core;
using MeshClient.TestKit;
using MeshClient.TestKit.Consul;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.ContractTests.Interop;

/// <summary>A server that knows nothing of the mesh, behind Consul's own sidecar, is called by a process of the mesh.</summary>
public sealed class BehindSidecarTests : ConsulTests
{
    [Fact]
    public async Task A_server_of_HTTP1_is_reached_whatever_version_the_caller_would_like()
    {
        await using var backend = await Served.PlainAsync(HttpProtocols.Http1);
        await using var sidecar = await SidecarAsync(Served.PortOf(backend));
        await using var web = await StrictCaller.StartAsync(Consul.Address, "web", "backend");

        Assert.Equal("HTTP/1.1 http for nobody", await web.Http.GetStringAsync("/"));
        foreach (var (version, policy) in new[]
        {
            (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower), (HttpVersion.Version11, HttpVersionPolicy.RequestVersionOrHigher),
            (HttpVersion.Version30, HttpVersionPolicy.RequestVersionOrLower),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = version, VersionPolicy = policy };
            using var answer = await web.Http.SendAsync(request);
            Assert.Equal("HTTP/1.1 http for nobody", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_server_of_gRPC_is_reached()
    {
        await using var backend = await Served.PlainAsync(HttpProtocols.Http2);
        await using var sidecar = await SidecarAsync(Served.PortOf(backend));
        await using var web = await StrictCaller.StartAsync(Consul.Address, "web", "backend");

        Assert.Equal("hello by HTTP/2 http for nobody", await web.Grpc.SayAsync("hello"));
    }

    [Fact]
    public async Task A_caller_that_intentions_deny_is_told_so_and_others_are_served()
    {
        await DenyAsync("stranger", "backend");
        await using var backend = await Served.PlainAsync(HttpProtocols.Http1);
        await using var sidecar = await SidecarAsync(Served.PortOf(backend));
        await using var web = await StrictCaller.StartAsync(Consul.Address, "web", "backend");
        await using var stranger = await StrictCaller.StartAsync(Consul.Address, "stranger", "backend");

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => stranger.Http.GetStringAsync("/"));
        Assert.Contains("denied by the peer", error.ToString(), StringComparison.Ordinal);
        Assert.Equal("HTTP/1.1 http for nobody", await web.Http.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_caller_of_gRPC_that_intentions_deny_is_told_so_and_others_are_served()
    {
        await DenyAsync("stranger", "backend");
        await using var backend = await Served.PlainAsync(HttpProtocols.Http2);
        await using var sidecar = await SidecarAsync(Served.PortOf(backend));
        await using var web = await StrictCaller.StartAsync(Consul.Address, "web", "backend");
        await using var stranger = await StrictCaller.StartAsync(Consul.Address, "stranger", "backend");

        var error = await Assert.ThrowsAsync<RpcException>(() => stranger.Grpc.SayAsync("hello"));
        // By an alert it is told for certain; the reset that may follow the alert can overtake it, and leaves the mere end of a connection.
        Assert.True(error.StatusCode is StatusCode.PermissionDenied or StatusCode.Unavailable, error.Message);
        Assert.Contains("denied by the peer", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("hello by HTTP/2 http for nobody", await web.Grpc.SayAsync("hello"));
    }

    private async Task<ConnectProxy> SidecarAsync(int backend)
    {
        var port = FreePort.Next();
        await SayAsync(HttpMethod.Put, "v1/agent/service/register", new
        {
            Name = "backend",
            Address = "127.0.0.1",
            Port = backend,
            Connect = new { SidecarService = new { Port = port, Checks = new[] { new { Name = "up", TTL = "1h", Status = "passing" } } } },
        });
        await KnowsAsync("backend");
        return await ConnectProxy.BeforeAsync(Consul, "backend", port);
    }
}
