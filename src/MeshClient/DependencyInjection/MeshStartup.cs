using MeshClient.Clusters;
using MeshClient.Identity;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Begins to watch the declared services and this process's identity when the application starts, so that the first call need not wait for them.
/// </summary>
internal sealed class MeshStartup(ClusterTable clusters, MeshSecurity security) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        security.Identity?.Start();
        clusters.WatchDeclared();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
