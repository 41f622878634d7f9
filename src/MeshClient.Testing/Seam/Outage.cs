using MeshClient.Discovery;

namespace MeshClient.Testing.Seam;

/// <summary>Why and how the registry is of no help now.</summary>
internal sealed record Outage(string Reason, bool IsStale, DateTimeOffset? Since)
{
    public RegistryUpdate ToUpdate(DateTimeOffset now) => IsStale ? new RegistryUpdate.Stale(Since ?? now, Reason) : new RegistryUpdate.Fault(Reason);
}
