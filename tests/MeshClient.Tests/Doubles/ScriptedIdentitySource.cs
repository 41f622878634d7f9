using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.Tests.Doubles;

/// <summary>A source whose streams say what the test writes; breaking it makes the stream end or throw.</summary>
internal sealed class ScriptedIdentitySource : IIdentitySource
{
    private int _started;

    public int Started => Volatile.Read(ref _started);

    public Channel<IdentityUpdate> Updates { get; private set; } = Channel.CreateUnbounded<IdentityUpdate>();

    public async IAsyncEnumerable<IdentityUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var updates = Updates;
        Interlocked.Increment(ref _started);
        await foreach (var update in updates.Reader.ReadAllAsync(cancellationToken))
            yield return update;
    }

    public void Say(IdentityUpdate update) => Assert.True(Updates.Writer.TryWrite(update));

    public void Say(IdentityMaterial material) => Say(new IdentityUpdate.Material(material));

    public void Say(TestLeaf leaf, params TestAuthority[] roots) => Say(Material(leaf, roots));

    public void Break(Exception? exception)
    {
        var broken = Updates;
        Updates = Channel.CreateUnbounded<IdentityUpdate>();
        broken.Writer.Complete(exception);
    }

    public static IdentityMaterial Material(TestLeaf leaf, params TestAuthority[] roots) =>
        new(roots[0].TrustDomain, [.. roots.Select(r => r.Pem)], leaf.ChainPem, leaf.KeyPem);
}
