using MeshClient.DevRegistry.Agent;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry;

/// <summary>Everything that a restart loses.</summary>
internal sealed class RegistryRun : IDisposable
{
    private readonly CancellationTokenSource lost = new();

    public RegistryRun(DevRegistryOptions options, IRandomSource random, CancellationToken stopping)
    {
        Node = new NodeIdentity(random.NextId().ToString(), options.NodeName, "127.0.0.1", options.Datacenter);
        Agent = new LocalAgent(Catalog, options.TimeProvider, random);
        Queries = new BlockingQuery(Catalog, options.TimeProvider, random, stopping);
        Lost = lost.Token;
    }

    public NodeIdentity Node { get; }
    public ServiceCatalog Catalog { get; } = new();
    public LocalAgent Agent { get; }
    public BlockingQuery Queries { get; }

    /// <summary>Cancelled when this run is thrown away under the callers who wait in it.</summary>
    public CancellationToken Lost { get; }

    public void Dispose()
    {
        Agent.Dispose();
        lost.Cancel();
    }
}
