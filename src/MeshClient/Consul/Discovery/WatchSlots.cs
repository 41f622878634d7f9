namespace MeshClient.Consul.Discovery;

/// <summary>How many services may hold a connection each, and how many of the others may be read at once.</summary>
internal sealed class WatchSlots(int maxWatches) : IDisposable
{
    /// <summary>Connections that all polled services share.</summary>
    public const int PollConnections = 4;

    private int _free = maxWatches;

    public SemaphoreSlim Polls { get; } = new(PollConnections, PollConnections);

    public bool TryTake()
    {
        var free = Volatile.Read(ref _free);
        while (free > 0)
        {
            var seen = Interlocked.CompareExchange(ref _free, free - 1, free);
            if (seen == free)
                return true;
            free = seen;
        }
        return false;
    }

    public void Return() => Interlocked.Increment(ref _free);

    public void Dispose() => Polls.Dispose();
}
