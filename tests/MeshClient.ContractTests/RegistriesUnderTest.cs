using MeshClient.DevRegistry;
using MeshClient.TestKit.Consul;

namespace MeshClient.ContractTests;

internal sealed class DevRegistryUnderTest : IRegistryUnderTest
{
    private readonly DevRegistryServer _server;

    private DevRegistryUnderTest(DevRegistryServer server) => _server = server;

    public Uri Address => _server.Address;

    public static async Task<IRegistryUnderTest> StartAsync() => new DevRegistryUnderTest(await DevRegistryServer.StartAsync());

    public Task WipeAsync()
    {
        _server.Wipe();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

internal sealed class ConsulUnderTest : IRegistryUnderTest
{
    private readonly ConsulAgent _agent;

    private ConsulUnderTest(ConsulAgent agent) => _agent = agent;

    public Uri Address => _agent.Address;

    /// <summary>A fresh agent; skips the test where none is to be had.</summary>
    public static async Task<IRegistryUnderTest> StartAsync()
    {
        var reason = await ConsulAgent.GetSkipReasonAsync();
        Assert.SkipWhen(reason is not null, reason ?? "");
        return new ConsulUnderTest(await ConsulAgent.StartAsync());
    }

    public Task WipeAsync() => _agent.RestartAsync();

    public ValueTask DisposeAsync() => _agent.DisposeAsync();
}
