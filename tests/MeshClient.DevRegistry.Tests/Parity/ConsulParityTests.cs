using MeshClient.TestKit.Consul;

namespace MeshClient.DevRegistry.Tests.Parity;

/// <summary>The scenarios on a real agent; skipped where this machine cannot have one.</summary>
public sealed class ConsulParityTests(SharedConsulAgent agent) : ParityScenarios, IClassFixture<SharedConsulAgent>
{
    protected override Task<Uri> GetAddressAsync()
    {
        Assert.SkipWhen(agent.SkipReason is not null, agent.SkipReason ?? "");
        return Task.FromResult(agent.Address);
    }
}

/// <summary>One agent for all scenarios.</summary>
public sealed class SharedConsulAgent : IAsyncLifetime
{
    private ConsulAgent? running;

    internal string? SkipReason { get; private set; }

    internal Uri Address => running!.Address;

    public async ValueTask InitializeAsync()
    {
        SkipReason = await ConsulAgent.GetSkipReasonAsync();
        running = SkipReason is null ? await ConsulAgent.StartAsync() : null;
    }

    public ValueTask DisposeAsync() => running?.DisposeAsync() ?? ValueTask.CompletedTask;
}
