namespace MeshClient.DevRegistry.Tests.Parity;

/// <summary>The scenarios on the dev registry.</summary>
public sealed class DevRegistryParityTests(SharedDevRegistry registry) : ParityScenarios, IClassFixture<SharedDevRegistry>
{
    protected override Task<Uri> GetAddressAsync() => Task.FromResult(registry.Address);
}

/// <summary>One registry for all scenarios.</summary>
public sealed class SharedDevRegistry : IAsyncLifetime
{
    private DevRegistryServer? server;

    internal Uri Address => server!.Address;

    public async ValueTask InitializeAsync() =>
        server = await DevRegistryServer.StartAsync(new DevRegistryOptions { NodeName = "node-a" });

    public ValueTask DisposeAsync() => server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
