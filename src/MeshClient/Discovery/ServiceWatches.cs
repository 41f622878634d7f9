using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery;

/// <summary>The watches of the process over one registry: the first reader of a service starts its watch, the last one ends it.</summary>
internal sealed class ServiceWatches : IServiceWatches, IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServiceName, SharedWatch> _watches = [];
    private readonly WatchTools _tools;
    private bool _disposed;

    public ServiceWatches(
        IServiceRegistry registry, TimeProvider time, IRandomSource random, MeshMetrics metrics, ILogger<ServiceWatches> logger) =>
        _tools = new WatchTools(registry, time, random, metrics, logger);

    public IServiceWatch Watch(ServiceName service, Action<WatchState> changed)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(changed);
        WatchView view;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var started = !_watches.TryGetValue(service, out var watch);
            if (started)
                _watches.Add(service, watch = new SharedWatch(service, _tools));
            view = new WatchView(watch!, changed, Leave, exception => _tools.Logger.ReaderFailed(exception, service));
            watch!.Add(view);
            if (started)
                watch.Start();
        }
        view.Deliver();
        return view;
    }

    /// <summary>Ends the watches and waits for them.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(StopAll().Select(watch => watch.Completion)).ConfigureAwait(false);

    /// <summary>Ends the watches; they come to rest by themselves.</summary>
    public void Dispose() => StopAll();

    private SharedWatch[] StopAll()
    {
        SharedWatch[] watches;
        lock (_lock)
        {
            _disposed = true;
            watches = [.. _watches.Values];
            _watches.Clear();
        }
        foreach (var watch in watches)
            watch.Stop();
        return watches;
    }

    private void Leave(WatchView view)
    {
        var watch = view.Watch;
        lock (_lock)
        {
            if (!watch.Remove(view) || !_watches.TryGetValue(watch.Service, out var current) || current != watch)
                return;
            _watches.Remove(watch.Service);
        }
        watch.Stop();
    }
}
