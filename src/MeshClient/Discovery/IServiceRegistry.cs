using MeshClient.Model;

namespace MeshClient.Discovery;

/// <summary>A source of a service's instances as a stream of updates.</summary>
public interface IServiceRegistry
{
    /// <summary>
    /// Watches one service until cancelled. The first update comes as soon as the registry answers; later ones when something changed.
    /// A fault does not end the stream: the registry goes on trying, by its own back-off, and the readers keep their last good set.
    /// </summary>
    /// <param name="service">The service to watch.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The updates. A stream that ends or throws is started again by its reader.</returns>
    IAsyncEnumerable<RegistryUpdate> WatchAsync(ServiceName service, CancellationToken cancellationToken);
}
