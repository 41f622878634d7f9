using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.FunctionalTests.Security;

/// <summary>An identity that the test gives and changes.</summary>
internal sealed class GivenIdentity : IIdentitySource
{
    private readonly Channel<IdentityUpdate> _updates = Channel.CreateUnbounded<IdentityUpdate>();

    public static GivenIdentity Of(TestLeaf leaf, params TestAuthority[] roots)
    {
        var identity = new GivenIdentity();
        identity.Give(leaf, roots);
        return identity;
    }

    public void Give(TestLeaf leaf, params TestAuthority[] roots) => _updates.Writer.TryWrite(new IdentityUpdate.Material(
        new IdentityMaterial(roots[0].TrustDomain, [.. roots.Select(r => r.Pem)], leaf.ChainPem, leaf.KeyPem)));

    public async IAsyncEnumerable<IdentityUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken))
            yield return update;
    }
}
