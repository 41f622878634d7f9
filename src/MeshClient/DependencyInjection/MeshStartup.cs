using MeshClient.Clusters;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Begins to watch the declared services when the application starts, so that the first call need not wait for the registry.</summary>
internal sealed class MeshStartup(ClusterTable clusters) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        clusters.WatchDeclared();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
