using System.Runtime.CompilerServices;
using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Testing.Seam;

/// <summary>Says of each service what the script says now, and what it says next as soon as it changes.</summary>
internal sealed class ScriptedRegistry(TestMesh mesh, TimeProvider time) : IServiceRegistry
{
    public async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var follower = mesh.Feed.Follow(service);
        try
        {
            ServiceSnapshot? told = null;
            Outage? toldOutage = null;
            while (true)
            {
                var now = mesh.Feed.Now;
                var outage = mesh.Registry.Outage;
                if (outage is not null && outage != toldOutage)
                {
                    yield return outage.ToUpdate(time.GetUtcNow());
                }
                else if (outage is null && mesh.SnapshotOf(service) is var snapshot && (toldOutage is not null || !snapshot.Equals(told)))
                {
                    told = snapshot;
                    yield return new RegistryUpdate.Snapshot(snapshot);
                }
                toldOutage = outage;
                // Who asks for the next update has taken over the one before.
                mesh.Feed.Reached(follower, now.Version);
                await now.Replaced.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            mesh.Feed.Leave(follower);
        }
    }
}
