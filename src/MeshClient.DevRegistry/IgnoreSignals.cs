using Microsoft.Extensions.Hosting;

namespace MeshClient.DevRegistry;

/// <summary>Leaves SIGINT and SIGTERM to the process around an embedded registry.</summary>
internal sealed class IgnoreSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
