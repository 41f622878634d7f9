using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Testing.Seam;

/// <summary>
/// The mesh's own watches, over the script. A watch that has begun and not yet heard anything is something that a test waits for, and that
/// virtual time waits for, lest a first call time out because a thread was slow to start.
/// </summary>
internal sealed class TestWatches(ServiceWatches inner, ChangeFeed feed, VirtualTime? clock) : IServiceWatches, IAsyncDisposable, IDisposable
{
    public IServiceWatch Watch(ServiceName service, Action<WatchState> changed)
    {
        var opening = new Opening(feed, feed.Follow(service), clock);
        try
        {
            var watch = inner.Watch(service, state =>
            {
                changed(state);
                opening.Heard();
            });
            opening.Returned();
            return new View(watch, opening);
        }
        catch
        {
            opening.End();
            throw;
        }
    }

    public void Dispose() => inner.Dispose();

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class View(IServiceWatch inner, Opening opening) : IServiceWatch
    {
        public WatchState Current => inner.Current;

        public void Dispose()
        {
            inner.Dispose();
            opening.End();
        }
    }

    // Ends when the first word was heard and Watch has returned: until then two threads may be at work on the same reader.
    private sealed class Opening
    {
        private readonly ChangeFeed _feed;
        private readonly ChangeFeed.Follower _follower;
        private readonly IDisposable? _work;
        private int _left = 2;
        private int _heard;
        private int _ended;

        public Opening(ChangeFeed feed, ChangeFeed.Follower follower, VirtualTime? clock)
        {
            (_feed, _follower) = (feed, follower);
            _work = clock?.Work.Begin($"the watch of {follower.Service}");
        }

        public void Heard()
        {
            if (Interlocked.Exchange(ref _heard, 1) == 0)
                Returned();
        }

        public void Returned()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                End();
        }

        public void End()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0)
                return;
            _feed.Leave(_follower);
            _work?.Dispose();
        }
    }
}
