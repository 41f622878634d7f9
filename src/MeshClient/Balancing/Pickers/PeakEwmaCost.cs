using MeshClient.Endpoints;
using MeshClient.Measures;

namespace MeshClient.Balancing.Pickers;

/// <summary>Peak EWMA: a call costs the endpoint's recent peak latency (Finagle).</summary>
internal readonly struct PeakEwmaCost : ICost
{
    /// <summary>Less than any latency: an endpoint not yet measured is tried as soon as it is one of the two choices.</summary>
    internal const double Unmeasured = 1e-3;

    /// <summary>More than any latency: a burst does not pile onto an endpoint of which nothing is known (Finagle's penalty).</summary>
    internal const double UnmeasuredAndBusy = 1e9;

    public static bool Compares => true;

    public static bool NeedsTime => true;

    /// <summary>
    /// While it has few samples, an endpoint is tried by one call at first and by one more for each answer: counting answers and not only calls
    /// in flight, so that a stream that stays open for hours does not keep it unmeasured.
    /// </summary>
    public static double Of(EndpointState endpoint, TimeSpan now)
    {
        var samples = endpoint.Latency.Samples;
        if (samples >= PeakEwma.EarlySamples)
            return endpoint.Latency.Milliseconds(now);
        return endpoint.InFlight <= samples ? Unmeasured : UnmeasuredAndBusy;
    }
}
