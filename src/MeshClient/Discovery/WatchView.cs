namespace MeshClient.Discovery;

/// <summary>One reader of a shared watch. Its calls come one at a time, each with the newest state; states it was too slow for are skipped.</summary>
internal sealed class WatchView(SharedWatch watch, Action<WatchState> changed, Action<WatchView> dispose, Action<Exception> failed) : IServiceWatch
{
    private readonly Lock _lock = new();
    private WatchState _delivered = WatchState.Empty;
    private bool _delivering;
    private bool _again;
    private bool _disposed;

    public SharedWatch Watch => watch;

    public WatchState Current => watch.Current;

    /// <summary>Brings the reader up to date, on this thread or on the one that is already calling it.</summary>
    public void Deliver()
    {
        lock (_lock)
        {
            _again = true;
            if (_delivering)
                return;
            _delivering = true;
        }
        while (TakeNews(out var state))
        {
            try
            {
                changed(state);
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }
        dispose(this);
    }

    // Read under the lock that ends the delivery: a change after the read finds _delivering set and raises _again, so none is lost.
    private bool TakeNews(out WatchState state)
    {
        lock (_lock)
        {
            state = watch.Current;
            while (_again && !_disposed)
            {
                _again = false;
                state = watch.Current;
                if (state == _delivered)
                    continue;
                _delivered = state;
                return true;
            }
            _delivering = false;
            return false;
        }
    }
}
