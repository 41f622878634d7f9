using MeshClient.Identity;
using MeshClient.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.ContractTests;

/// <summary>What the library expects of a registry's CA: roots and leaf by the API of Consul Connect, and a rotation that no peer is cut off by.</summary>
public abstract class IdentityContract : IAsyncLifetime
{
    /// <summary>The agent renews a leaf at a random moment up to 30 s after a rotation.</summary>
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(60);

    private IRegistryUnderTest _registry = null!;

    protected abstract Task<IRegistryUnderTest> StartRegistryAsync();

    public async ValueTask InitializeAsync() => _registry = await StartRegistryAsync();

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null)
            await _registry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_service_gets_its_leaf_and_the_roots()
    {
        await using var web = await StrictAsync("web");
        var identity = await ReadyAsync(web);
        Assert.Equal(SpiffeId.Of(identity.Bundle!.TrustDomain, "dc1", "web"), identity.Leaf!.Id);
        Assert.Single(identity.Bundle.Roots);
        Assert.InRange(identity.Leaf.NotAfter - DateTimeOffset.UtcNow, TimeSpan.FromHours(1), TimeSpan.FromHours(73));
        await using var api = await StrictAsync("api");
        Assert.True(Verify(identity, await ReadyAsync(api), PeerRole.Client).IsAccepted);
        Assert.True(Verify(await ReadyAsync(api), identity, PeerRole.Server).IsAccepted);
        Assert.Equal(PeerVerdict.OtherIdentity, Verify(identity, await ReadyAsync(api), PeerRole.Server, identity.Leaf.Id).Verdict);
    }

    [Fact]
    public async Task A_rotation_brings_both_roots_at_once_and_then_a_leaf_that_old_and_new_peers_accept()
    {
        await using var web = await StrictAsync("web");
        var before = await ReadyAsync(web);
        var keeper = Keeper(web);

        await AuthorityRotation.RotateAsync(_registry.Address);
        await Eventually.True(() => keeper.Current.Bundle!.Roots.Length == 2);
        await Eventually.True(() => keeper.Current.Leaf!.Certificate.Thumbprint != before.Leaf!.Certificate.Thumbprint, s_renewal);

        var after = keeper.Current;
        Assert.Equal(before.Bundle!.TrustDomain, after.Bundle!.TrustDomain);
        Assert.Equal(before.Leaf!.Id, after.Leaf!.Id);
        Assert.NotEmpty(after.Leaf.Context.IntermediateCertificates);
        var newRootOnly = after with { Bundle = after.Bundle with { Roots = [.. after.Bundle.Roots.Where(r => r.Thumbprint != before.Bundle.Roots[0].Thumbprint)] } };
        Assert.All([before, after, newRootOnly], peer => Assert.True(Verify(peer, after, PeerRole.Server).IsAccepted));
        Assert.True(Verify(after, before, PeerRole.Client).IsAccepted);
        var alone = PeerVerifier.Verify(after.Leaf.Certificate, null, before.Bundle, PeerRole.Server, null, DateTimeOffset.UtcNow);
        Assert.Equal(PeerVerdict.UntrustedChain, alone.Verdict);
        Assert.Null(keeper.Trouble);
    }

    [Fact]
    public async Task A_rebuilt_registry_is_another_trust_domain_with_a_leaf_of_its_own()
    {
        await using var web = await StrictAsync("web");
        var before = await ReadyAsync(web);
        var keeper = Keeper(web);
        var mixed = 0;
        keeper.Changed += identity => mixed += identity.Leaf?.Id.TrustDomain == identity.Bundle?.TrustDomain ? 0 : 1;
        await _registry.WipeAsync();
        await Eventually.True(() => keeper.Current.Bundle!.TrustDomain != before.Bundle!.TrustDomain, s_renewal);
        Assert.Equal(keeper.Current.Bundle!.TrustDomain, keeper.Current.Leaf!.Id.TrustDomain);
        Assert.Equal(0, mixed);
        await Eventually.True(() => keeper.Trouble is null);
    }

    private Task<MeshUnderTest> StrictAsync(string service) =>
        MeshUnderTest.StartAsync(_registry.Address, service, 0, ("Mesh:Security:Mode", "Strict"), ("Mesh:Service:Id", $"{service}-1"));

    private static IdentityKeeper Keeper(MeshUnderTest mesh) => mesh.Services.GetRequiredService<MeshSecurity>().Identity!;

    private static async Task<WorkloadIdentity> ReadyAsync(MeshUnderTest mesh)
    {
        Assert.True(await Keeper(mesh).WaitUntilReadyAsync(TimeSpan.FromSeconds(30), default), Keeper(mesh).Trouble);
        return Keeper(mesh).Current;
    }

    private static PeerFinding Verify(WorkloadIdentity verifier, WorkloadIdentity peer, PeerRole role, SpiffeId? expected = null) => PeerVerifier.Verify(
        peer.Leaf!.Certificate, [.. peer.Leaf.Context.IntermediateCertificates], verifier.Bundle, role, expected ?? peer.Leaf.Id, DateTimeOffset.UtcNow);
}

public sealed class ConsulIdentityContract : IdentityContract
{
    protected override Task<IRegistryUnderTest> StartRegistryAsync() => ConsulUnderTest.StartAsync();
}
