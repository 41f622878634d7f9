using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MeshClient;

/// <summary>A mesh that lives by itself: see <see cref="Mesh.CreateBuilder"/>. Disposing it takes the instance out of the registry, if it was registered, and closes the connections.</summary>
public sealed class MeshHost : IMesh, IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly Stack<IHostedService> _started = [];
    private bool _disposed;

    internal MeshHost(ServiceProvider services) => _services = services;

    /// <summary>The services of the mesh.</summary>
    public IServiceProvider Services => _services;

    /// <inheritdoc/>
    public HttpMessageHandler CreateHandler(HttpMessageHandler? primary = null) => _services.GetRequiredService<IMesh>().CreateHandler(primary);

    /// <summary>Stops the mesh. A second call does nothing.</summary>
    /// <returns>Completes when all has been stopped.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await using var services = _services.ConfigureAwait(false);
        foreach (var started in _started)
        {
            if (started is IHostedLifecycleService lifecycle)
                await lifecycle.StoppingAsync(CancellationToken.None).ConfigureAwait(false);
        }
        foreach (var started in _started)
            await started.StopAsync(CancellationToken.None).ConfigureAwait(false);
        foreach (var started in _started)
        {
            if (started is IHostedLifecycleService lifecycle)
                await lifecycle.StoppedAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    // The order of the generic host: a service is told of each step before any is told of the next one.
    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        _services.GetRequiredService<IStartupValidator>().Validate();
        var hosted = _services.GetServices<IHostedService>().ToArray();
        foreach (var lifecycle in hosted.OfType<IHostedLifecycleService>())
            await lifecycle.StartingAsync(cancellationToken).ConfigureAwait(false);
        foreach (var service in hosted)
        {
            _started.Push(service);
            await service.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        foreach (var lifecycle in hosted.OfType<IHostedLifecycleService>())
            await lifecycle.StartedAsync(cancellationToken).ConfigureAwait(false);
    }
}
