using MeshClient.DevRegistry.Agent;
using MeshClient.DevRegistry.Authority;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Intentions;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry;

/// <summary>Everything that a restart loses.</summary>
internal sealed class RegistryRun : IDisposable
{
    private readonly CancellationTokenSource lost = new();

    public RegistryRun(DevRegistryOptions options, IRandomSource random, CancellationToken stopping)
    {
        Node = new NodeIdentity(random.NextId().ToString(), options.NodeName, "127.0.0.1", options.Datacenter);
        var (time, ledger) = (options.TimeProvider, new Ledger());
        Catalog = new ServiceCatalog(ledger);
        Agent = new LocalAgent(Catalog, time, random);
        Authority = new CertificateAuthority(options.Authority, ledger, time, random);
        AuthoritySettings = new AuthorityConfiguration(Authority);
        Leaves = new LeafStore(Authority, options.Datacenter, options.Authority.RotationSpread, ledger, time, random);
        Intentions = new IntentionStore(options.DefaultIntention == IntentionAction.Deny, ledger, time, random);
        Queries = new BlockingQuery(ledger, time, random, stopping);
        Lost = lost.Token;
    }

    public NodeIdentity Node { get; }
    public ServiceCatalog Catalog { get; }
    public LocalAgent Agent { get; }
    public CertificateAuthority Authority { get; }
    public AuthorityConfiguration AuthoritySettings { get; }
    public LeafStore Leaves { get; }
    public IntentionStore Intentions { get; }
    public BlockingQuery Queries { get; }

    /// <summary>Cancelled when this run is thrown away under the callers who wait in it.</summary>
    public CancellationToken Lost { get; }

    public void Dispose()
    {
        Agent.Dispose();
        Leaves.Dispose();
        Authority.Dispose();
        lost.Cancel();
    }
}
