using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Api;

public sealed class AgentApiTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_registration_leaves_out_what_is_not_set()
    {
        var agent = new ScriptedAgent(_ => ScriptedAgent.Ok());
        using var client = agent.Client(_time);
        await client.Agent.RegisterAsync(new ServiceRegistration { ID = "web/1", Name = "web" }, Cancellation);
        Assert.Equal("PUT /v1/agent/service/register?replace-existing-checks=true", Assert.Single(agent.Requests));
        Assert.Equal("""{"ID":"web/1","Name":"web"}""", Assert.Single(agent.Bodies));
    }

    [Fact]
    public async Task Ids_are_escaped_in_paths()
    {
        var agent = new ScriptedAgent(_ => ScriptedAgent.Ok());
        using var client = agent.Client(_time);
        await client.Agent.DeregisterAsync("a/b", "a", Cancellation);
        await client.Agent.UpdateCheckAsync("service:a b", "a", CheckStatus.Warning, "slow", Cancellation);
        await client.Agent.SetMaintenanceAsync("a", "a", true, "a & b", Cancellation);
        Assert.Equal(
            ["PUT /v1/agent/service/deregister/a%2Fb", "PUT /v1/agent/check/update/service%3Aa%20b",
             "PUT /v1/agent/service/maintenance/a?enable=true&reason=a%20%26%20b"], agent.Requests);
        Assert.Equal("""{"Status":"warning","Output":"slow"}""", Assert.Single(agent.Bodies));
    }

    [Theory]
    [InlineData(200, "", true)]
    [InlineData(500, Recorded.UnknownTtl, false)]
    [InlineData(404, "Unknown check ID \"service:web-1\"", false)]
    public async Task A_heartbeat_tells_whether_the_agent_knows_the_check(int status, string body, bool known)
    {
        using var client = new ScriptedAgent(_ => ScriptedAgent.Error(status, body)).Client(_time);
        Assert.Equal(known, await client.Agent.UpdateCheckAsync("service:web-1", "web", CheckStatus.Passing, "", Cancellation));
    }

    [Theory]
    [InlineData(403, "Permission denied")]
    [InlineData(500, "No cluster leader")]
    public async Task Another_failure_of_a_heartbeat_is_no_forgotten_check(int status, string body)
    {
        using var client = new ScriptedAgent(_ => ScriptedAgent.Error(status, body)).Client(_time);
        await Assert.ThrowsAsync<ConsulException>(() => client.Agent.UpdateCheckAsync("c", "web", CheckStatus.Passing, "", Cancellation));
    }

    [Fact]
    public async Task A_service_is_read_or_found_missing()
    {
        var agent = new ScriptedAgent(line => line.EndsWith("/web-1", StringComparison.Ordinal)
            ? ScriptedAgent.Json("""{"ID":"web-1","Service":"web","Tags":["primary"],"Meta":{"version":"1"},"Port":18080,"Address":"127.0.0.1","Weights":{"Passing":10,"Warning":1},"ContentHash":"15b47c63da7fd573","Connect":{"Native":true}}""")
            : ScriptedAgent.Error(404, "unknown service ID: nope"));
        using var client = agent.Client(_time);
        Assert.Equal(new AgentService("web-1", "web", "127.0.0.1", 18080), await client.Agent.ServiceAsync("web-1", "web", Cancellation));
        Assert.Null(await client.Agent.ServiceAsync("nope", "web", Cancellation));
    }

    [Fact]
    public async Task The_agent_describes_itself()
    {
        using var client = new ScriptedAgent(_ => ScriptedAgent.Json(
            """{"Config":{"Datacenter":"dc1","NodeName":"node-a","NodeID":"x","Server":true,"Version":"1.8.7"},"Member":{}}""")).Client(_time);
        Assert.Equal("1.8.7", (await client.Agent.SelfAsync(Cancellation)).Config?.Version);
    }

    [Theory]
    [InlineData(0.25, "250ms")]
    [InlineData(30, "30s")]
    [InlineData(600, "600s")]
    public void Durations_carry_a_unit(double seconds, string expected) => Assert.Equal(expected, GoDuration.Format(TimeSpan.FromSeconds(seconds)));
}
