using MeshClient.Endpoints;
using MeshClient.Measures;

namespace MeshClient.OutlierDetection;

/// <summary>Decides from an endpoint's measures whether it should be ejected. Pure.</summary>
/// <remarks>
/// Runs of failures find an endpoint that is dead, the success rate one that fails now and then. The rate is absolute, since Envoy's
/// deviation from the mean is blind once a fifth of the hosts fail alike; and it is compared with the others', since below an outage
/// of all of them (their common database, say) ejecting half would only take capacity from the recovery.
/// </remarks>
internal static class OutlierDetector
{
    /// <summary>How much more often than the others an endpoint must fail for its rate to be its own fault.</summary>
    private const double TimesTheOthers = 2;

    /// <summary>The others are sampled in large clusters, so that a failure costs the same in each.</summary>
    private const int MostOthers = 64;

    /// <summary>The reason to eject an endpoint that has just failed; null = none. The clearest reason comes first.</summary>
    public static EjectionReason? Judge(
        EndpointState endpoint, ReadOnlySpan<EndpointState> all, OutlierDetectionOptions options, TimeSpan now)
    {
        ref readonly var runs = ref endpoint.Runs;
        if (Reached(runs.ConnectFailures, options.ConnectFailures))
            return EjectionReason.ConnectFailures;
        if (Reached(runs.GatewayFailures, options.ConsecutiveGatewayFailures))
            return EjectionReason.ConsecutiveGatewayFailures;
        if (Reached(runs.Errors, options.Consecutive5xx))
            return EjectionReason.Consecutive5xx;
        var own = endpoint.Window.Read(now);
        return IsTooLow(own, options) && StandsOut(own, Others(endpoint, all, now), options) ? EjectionReason.SuccessRate : null;
    }

    internal static bool IsTooLow(OutcomeCounts own, OutlierDetectionOptions options) =>
        own.Total >= options.SuccessRateMinimumCalls && (long)own.Successes * 100 < (long)own.Total * options.SuccessRatePercent;

    internal static bool StandsOut(OutcomeCounts own, OutcomeCounts others, OutlierDetectionOptions options) =>
        others.Total >= options.SuccessRateMinimumCalls && own.FailureRate >= TimesTheOthers * others.FailureRate;

    private static OutcomeCounts Others(EndpointState endpoint, ReadOnlySpan<EndpointState> all, TimeSpan now)
    {
        var step = Math.Max(1, all.Length / MostOthers);
        var sum = default(OutcomeCounts);
        for (var i = 0; i < all.Length; i += step)
        {
            if (all[i] != endpoint)
                sum += all[i].Window.Read(now);
        }
        return sum;
    }

    private static bool Reached(int run, int threshold) => threshold > 0 && run >= threshold;
}
