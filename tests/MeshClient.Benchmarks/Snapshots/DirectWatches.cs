using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Benchmarks.Snapshots;

/// <summary>The watch of one service without its loop: a step is taken when the benchmark says so, and delivered at once.</summary>
internal sealed class DirectWatches : IServiceWatches
{
    private Action<WatchState>? _changed;
    private WatchState _state = WatchState.Empty;

    public IServiceWatch Watch(ServiceName service, Action<WatchState> changed)
    {
        _changed = changed;
        return new View(this);
    }

    public void Take(RegistryUpdate update, DateTimeOffset now)
    {
        _state = _state.Next(update, now);
        _changed!(_state);
    }

    private sealed class View(DirectWatches owner) : IServiceWatch
    {
        public WatchState Current => owner._state;

        public void Dispose() => owner._changed = null;
    }
}
