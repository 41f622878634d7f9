namespace MeshClient.Measures;

/// <summary>Lets a number of events pass in any stretch of time of a length. Thread-safe.</summary>
/// <param name="most">How many; 1 or more.</param>
/// <param name="window">The length.</param>
internal sealed class SlidingLimit(int most, TimeSpan window)
{
    private readonly Lock _turn = new();
    private readonly TimeSpan?[] _passed = new TimeSpan?[most];
    private int _oldest;

    /// <summary>Lets one pass, where there is room for it.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Zero = it has passed; otherwise how long it is until there is room, in whole milliseconds, as timers have it.</returns>
    public TimeSpan Pass(TimeSpan now)
    {
        lock (_turn)
        {
            var wait = Wait(now);
            if (wait == TimeSpan.Zero)
                Take(now);
            return wait;
        }
    }

    /// <summary>Takes in one that cannot be held back, whether there is room for it or not.</summary>
    /// <param name="now">The time.</param>
    public void Take(TimeSpan now)
    {
        lock (_turn)
        {
            _passed[_oldest] = now;
            _oldest = (_oldest + 1) % most;
        }
    }

    /// <summary>How long it is until there is room, in whole milliseconds; zero = there is.</summary>
    /// <param name="now">The time.</param>
    public TimeSpan Wait(TimeSpan now)
    {
        lock (_turn)
        {
            return _passed[_oldest] is { } first && first + window - now is var wait && wait > TimeSpan.Zero
                ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds))
                : TimeSpan.Zero;
        }
    }
}
