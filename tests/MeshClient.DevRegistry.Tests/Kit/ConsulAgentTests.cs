using System.Net;
using MeshClient.TestKit.Consul;

namespace MeshClient.DevRegistry.Tests.Kit;

/// <summary>The tests' own agent: what other projects' functional tests lean on.</summary>
public sealed class ConsulAgentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_stops_and_starts_again_on_the_same_port_with_nothing_left()
    {
        await using var agent = await StartAsync(new ConsulAgentOptions());
        using var client = new HttpClient { BaseAddress = agent.Address };
        using var body = new StringContent("""{"Name":"web"}""");
        await client.PutAsync("/v1/agent/service/register", body, Cancellation);
        Assert.Contains("web", await client.GetStringAsync("/v1/agent/services", Cancellation), StringComparison.Ordinal);

        await agent.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/v1/agent/services", Cancellation));
        await agent.RestartAsync(Cancellation);
        Assert.Equal("{}", (await client.GetStringAsync("/v1/agent/services", Cancellation)).Trim());
        await agent.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/v1/agent/services", Cancellation));
    }

    [Fact]
    public async Task With_acls_on_a_token_opens_what_its_rules_say()
    {
        await using var agent = await StartAsync(new ConsulAgentOptions { AclDefaultDeny = true });
        using var client = new HttpClient { BaseAddress = agent.Address };
        Assert.Equal(HttpStatusCode.Forbidden, await SelfAsync(client, null));
        var agentReader = await agent.CreateTokenAsync("""agent_prefix "" { policy = "read" }""", Cancellation);
        Assert.Equal(HttpStatusCode.OK, await SelfAsync(client, agentReader));
        Assert.Equal(HttpStatusCode.Forbidden, await SelfAsync(client, await agent.CreateServiceTokenAsync("web", Cancellation)));
    }

    private static async Task<ConsulAgent> StartAsync(ConsulAgentOptions options)
    {
        var reason = await ConsulAgent.GetSkipReasonAsync();
        Assert.SkipWhen(reason is not null, reason ?? "");
        return await ConsulAgent.StartAsync(options, Cancellation);
    }

    private static async Task<HttpStatusCode> SelfAsync(HttpClient client, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/agent/self");
        if (token is not null)
        {
            request.Headers.Add("X-Consul-Token", token);
        }
        using var response = await client.SendAsync(request, Cancellation);
        return response.StatusCode;
    }
}
