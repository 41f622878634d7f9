using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using MeshClient.TestKit;
using MeshClient.TestKit.Consul;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.ContractTests.Interop;

/// <summary>A server of the mesh is called by programs that know nothing of it, through an upstream of Consul's own sidecar.</summary>
public sealed class ThroughSidecarTests : ConsulTests
{
    [Theory]
    [InlineData("1.1", HttpProtocols.Http1AndHttp2)]
    [InlineData("1.1", HttpProtocols.Http1)]
    [InlineData("2.0", HttpProtocols.Http1AndHttp2)]
    [InlineData("2.0", HttpProtocols.Http2)]
    public async Task A_server_of_the_mesh_is_reached_by_HTTP_and_knows_its_caller(string version, HttpProtocols protocols)
    {
        await using var native = await Served.StrictAsync(Consul.Address, "native", protocols);
        await using var proxy = await UpstreamAsync("client");
        using var client = Client(proxy.Port, version);

        Assert.Equal($"HTTP/{(version == "2.0" ? "2" : version)} https for client", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_server_of_the_mesh_is_reached_by_gRPC_and_knows_its_caller()
    {
        await using var native = await Served.StrictAsync(Consul.Address, "native");
        await using var proxy = await UpstreamAsync("client");
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{proxy.Port}");

        Assert.Equal("hello by HTTP/2 https for client", await new EchoClient(channel.CreateCallInvoker()).SayAsync("hello"));
    }

    [Fact]
    public async Task What_intentions_deny_is_403_and_PERMISSION_DENIED()
    {
        await DenyAsync("stranger", "native");
        await using var native = await Served.StrictAsync(Consul.Address, "native");
        await using var allowed = await UpstreamAsync("client");
        await using var denied = await UpstreamAsync("stranger");

        using var client = Client(allowed.Port, "1.1");
        Assert.Equal("HTTP/1.1 https for client", await client.GetStringAsync("/"));
        using var stranger = Client(denied.Port, "1.1");
        using var answer = await stranger.GetAsync("/");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsStringAsync());
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{denied.Port}");
        var error = await Assert.ThrowsAsync<RpcException>(() => new EchoClient(channel.CreateCallInvoker()).SayAsync("hello"));
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }

    private async Task<Upstream> UpstreamAsync(string caller)
    {
        await KnowsAsync("native");
        var port = FreePort.Next();
        return new Upstream(await ConnectProxy.ToAsync(Consul, caller, "native", port), port);
    }

    private static HttpClient Client(int port, string version) => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        DefaultRequestVersion = new Version(version),
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private sealed record Upstream(ConnectProxy Proxy, int Port) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Proxy.DisposeAsync();
    }
}
