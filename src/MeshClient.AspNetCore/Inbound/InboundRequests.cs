using MeshClient.Primitives;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>The requests that this server is working on, and whether it is about to stop.</summary>
internal sealed class InboundRequests(TimeProvider time)
{
    /// <summary>How long no request may have come before callers are taken to have gone elsewhere.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private int _inFlight;
    private long _lastArrival;
    private volatile bool _draining;

    /// <summary>Requests whose handling has begun and not ended.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Whether the server is about to stop: connections are then closed after their answer.</summary>
    public bool IsDraining => _draining;

    /// <summary>Counts a request that has come.</summary>
    /// <param name="now">The time.</param>
    public void Begin(TimeSpan now)
    {
        Interlocked.Increment(ref _inFlight);
        Volatile.Write(ref _lastArrival, now.Ticks);
    }

    /// <summary>Counts a request that has been answered.</summary>
    public void End() => Interlocked.Decrement(ref _inFlight);

    /// <summary>From now on connections are closed after their answer.</summary>
    public void BeginDrain() => _draining = true;

    /// <summary>
    /// Goes on serving until callers have noticed that this instance is gone: until no request is in flight and none has come for
    /// <see cref="Quiet"/>, at most for <paramref name="limit"/>.
    /// </summary>
    /// <returns>Requests still in flight at the end, which comes early when the host will not wait any longer.</returns>
    public async Task<int> DrainAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        BeginDrain();
        var began = time.Now();
        while (time.Now() - began < limit && !IsQuiet(began) && !cancellationToken.IsCancellationRequested)
            await Task.Delay(s_look, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return InFlight;
    }

    private bool IsQuiet(TimeSpan began)
    {
        var now = time.Now();
        var since = new TimeSpan(Math.Max(Volatile.Read(ref _lastArrival), began.Ticks));
        return InFlight == 0 && now - since >= Quiet;
    }
}
