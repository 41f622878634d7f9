using MeshClient.DevRegistry;

namespace MeshClient.ContractTests.Rotation;

/// <summary>Roots and leaves are changed while 200 calls a second flow by mutual TLS: none fails, and both sides come to use the new ones.</summary>
[Collection(nameof(AloneOnTheMachine))]
public sealed class RotationUnderLoadTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_new_root_of_a_real_Consul_fails_no_call()
    {
        await using var registry = await ConsulUnderTest.StartAsync();
        await using var load = await LeafLoad.StartAsync(registry.Address);

        // The agent gives the new leaf to each service at a moment of its own within 30 s.
        output.WriteLine(await load.RunAsync(changes: 1, atLeast: 600, atMost: 9000, () => AuthorityRotation.RotateAsync(registry.Address), at: 300));
    }

    [Fact]
    public async Task Two_new_roots_of_the_development_registry_fail_no_call()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var load = await LeafLoad.StartAsync(registry.Address);

        output.WriteLine(await load.RunAsync(changes: 2, atLeast: 1200, atMost: 3000, registry.RotateAuthorityAsync, 300, 1000));
    }

    [Fact]
    public async Task Leaves_that_live_for_seconds_fail_no_call()
    {
        await using var registry = await DevRegistryServer.StartAsync(new DevRegistryOptions { Authority = new AuthorityOptions { LeafLifetime = TimeSpan.FromSeconds(10) } });
        await using var load = await LeafLoad.StartAsync(registry.Address);

        // Until the first leaves have expired as well.
        output.WriteLine(await load.RunAsync(changes: 1, atLeast: 1900, atMost: 3000));
    }
}
