using MeshClient.TestKit;
using MeshClient.TestKit.Consul;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MeshClient.ContractTests.Interop;

/// <summary>A process of the mesh in permissive mode calls a service that is being moved: one instance is native, one in plain text, and one behind a sidecar.</summary>
public sealed class PermissiveTests : ConsulTests
{
    [Fact]
    public async Task Each_instance_is_reached_by_mutual_TLS_if_it_takes_it_and_by_plain_text_if_not()
    {
        await using var native = await Served.StrictAsync(Consul.Address, "backend");
        await KnowsAsync("backend");
        await using var plain = await Served.PlainAsync(HttpProtocols.Http1);
        await SayAsync(HttpMethod.Put, "v1/agent/service/register", new { Name = "backend", ID = "plain", Address = "127.0.0.1", Port = Served.PortOf(plain) });
        // The sidecar leads elsewhere than the registration of its instance, which tells calls by it from those past it.
        await using var past = await Served.PlainAsync(HttpProtocols.Http1);
        await using var behind = await Served.PlainAsync(HttpProtocols.Http1);
        await using var sidecar = await SidecarAsync("moving", Served.PortOf(past), Served.PortOf(behind));
        // Consul 1.8 wakes no query for a sidecar that is gone while the service has others that take mutual TLS: it is seen by the next query, whose
        // index may have gone back as after a restart of Consul.
        await using var web = await StrictCaller.StartAsync(new Dictionary<string, string?>(Served.Strict(Consul.Address, "web"))
        {
            ["Mesh:Security:Mode"] = "Permissive",
            ["Mesh:Consul:WaitTime"] = "00:00:10",
            ["Mesh:Consul:RestartGrace"] = "00:00:00",
        }, "backend", ("LoadBalancing", "RoundRobin"));

        string[] others = [$"HTTP/1.1 https for web at {Served.PortOf(native)}", $"HTTP/1.1 http for nobody at {Served.PortOf(plain)}"];
        // The agent tells the catalog of registrations and their health one by one.
        await Eventually.True(
            async () => (await AskAsync(web)).SetEquals([.. others, $"HTTP/1.1 http for nobody at {Served.PortOf(behind)}"]),
            TimeSpan.FromSeconds(30), what: "each instance is called, the one with a sidecar by it alone");

        await SayAsync(HttpMethod.Put, "v1/agent/service/deregister/moving-sidecar-proxy", new { });
        await Eventually.True(
            async () => (await AskAsync(web)).SetEquals([.. others, $"HTTP/1.1 http for nobody at {Served.PortOf(past)}"]),
            TimeSpan.FromSeconds(30), what: "the instance without its sidecar is called in plain text");
    }

    private static async Task<HashSet<string>> AskAsync(StrictCaller caller)
    {
        var answers = new HashSet<string>();
        for (var i = 0; i < 30; i++)
            answers.Add(await caller.Http.GetStringAsync("/port"));
        return answers;
    }

    private async Task<ConnectProxy> SidecarAsync(string id, int registered, int leadsTo)
    {
        var port = FreePort.Next();
        await SayAsync(HttpMethod.Put, "v1/agent/service/register", new
        {
            Name = "backend",
            ID = id,
            Address = "127.0.0.1",
            Port = registered,
            Connect = new
            {
                SidecarService = new
                {
                    Port = port,
                    Proxy = new { LocalServicePort = leadsTo },
                    Checks = new[] { new { Name = "up", TTL = "1h", Status = "passing" } },
                },
            },
        });
        return await ConnectProxy.BeforeAsync(Consul, id, port);
    }
}
