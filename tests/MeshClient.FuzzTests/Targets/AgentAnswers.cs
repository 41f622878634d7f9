using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.FuzzTests.Fuzzing;
using MeshClient.Model;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FuzzTests.Targets;

/// <summary>One answer to each of the calls about the agent itself.</summary>
internal sealed class AgentAnswers : IFuzzTarget
{
    private static readonly IReadOnlyList<byte[]> s_seeds = Seeds.Of("agent-", "error-", "nodes", "chain");
    private static readonly ServiceName s_web = new("web");

    private static readonly Func<ConsulClient, Task>[] s_calls =
    [
        client => client.Agent.SelfAsync(default),
        client => client.Agent.ServiceAsync("web-1", "web", default),
        client => client.Agent.IsPassingAsync("web-1", "web", default),
        client => client.Agent.UpdateCheckAsync("web-1", "web", CheckStatus.Passing, "", default),
        client => client.Agent.RegisterAsync(new ServiceRegistration { ID = "web-1", Name = "web" }, default),
        client => client.Agent.DeregisterAsync("web-1", "web", default),
        client => client.Health.CanReadServiceAsync(s_web, default),
        client => client.Health.SeesNodesAsync(s_web, default),
    ];

    public int Inputs => 60;

    public byte[] Make(Mutator mutator) => ConsulWires.Answer(mutator, s_seeds);

    public long Allowance(byte[] input) => s_calls.Length * ConsulWires.Allowance(input);

    public async Task TakeAsync(byte[] input)
    {
        foreach (var call in s_calls)
        {
            using var client = ConsulWires.Client(new FakeTimeProvider(), () => input);
            try
            {
                await call(client);
            }
            catch (ConsulException exception)
            {
                Assert.InRange(exception.Message.Length, 1, 4000);
            }
        }
    }
}
