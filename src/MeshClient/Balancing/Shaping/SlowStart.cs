using MeshClient.Endpoints;

namespace MeshClient.Balancing.Shaping;

/// <summary>The growing share of an endpoint that has joined: Envoy's slow start with aggression 1, that is, a straight line.</summary>
internal readonly struct SlowStart(BalancingOptions options)
{
    private readonly TimeSpan _window = options.SlowStartWindow;
    private readonly double _minimum = options.SlowStartMinimumPercent / 100.0;

    /// <summary>The part of its weight that an endpoint has now, over 0 to 1.</summary>
    public double Factor(EndpointState endpoint, TimeSpan now)
    {
        if (endpoint.RampStart is not { } start)
            return 1;
        var elapsed = now - start;
        if (elapsed < _window)
            return Factor(elapsed, _window, _minimum);
        // The ramp is taken down here, so that later picks need not read the time for it.
        endpoint.EndRamp(start);
        return 1;
    }

    /// <summary><c>max(minimum, max(elapsed, 1 s) / window)</c>, at most 1.</summary>
    public static double Factor(TimeSpan elapsed, TimeSpan window, double minimum) =>
        window <= TimeSpan.Zero ? 1 : Math.Min(1, Math.Max(minimum, Math.Max(elapsed.TotalSeconds, 1) / window.TotalSeconds));
}
