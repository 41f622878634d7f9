using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Checks;

/// <summary>What one run of a probe found.</summary>
internal readonly record struct ProbeResult(HealthStatus Status, string Output);

/// <summary>Asks an instance how it is. It throws only when it is cancelled.</summary>
internal interface IProbe : IDisposable
{
    Task<ProbeResult> RunAsync(CancellationToken cancellationToken);
}
