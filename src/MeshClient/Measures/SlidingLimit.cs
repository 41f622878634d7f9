namespace MeshClient.Measures;

/// <summary>Lets a number of events pass in any stretch of time of a length. Not thread-safe.</summary>
/// <param name="most">How many; 1 or more.</param>
/// <param name="window">The length.</param>
internal sealed class SlidingLimit(int most, TimeSpan window)
{
    private readonly TimeSpan?[] _passed = new TimeSpan?[most];
    private int _oldest;

    /// <summary>Lets one pass, where there is room for it.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Zero = it has passed; otherwise how long it is until there is room, in whole milliseconds, as timers have it.</returns>
    public TimeSpan Pass(TimeSpan now)
    {
        if (_passed[_oldest] is { } first && first + window - now is var wait && wait > TimeSpan.Zero)
            return TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _passed[_oldest] = now;
        _oldest = (_oldest + 1) % most;
        return TimeSpan.Zero;
    }
}
