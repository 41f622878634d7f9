using MeshClient.Primitives;

namespace MeshClient.OutlierDetection;

/// <summary>How long an ejection lasts, as a pure function of how often the endpoint was ejected before and how long it has been well since.</summary>
/// <remarks>
/// Envoy forgives one ejection for each clean detection interval of 10 s, so that an endpoint which fails again after half a minute is
/// never ejected for longer (envoy#26758). Here forgiving one takes as long as the last ejection took.
/// </remarks>
internal static class EjectionBackoff
{
    /// <summary>The number of the next ejection: one more than those not yet forgiven.</summary>
    /// <param name="number">The number of the last ejection; 0 = never ejected.</param>
    /// <param name="healthyFor">How long the endpoint has been out of ejection since.</param>
    /// <param name="last">How long the last ejection took.</param>
    public static int Next(int number, TimeSpan healthyFor, TimeSpan last) =>
        last <= TimeSpan.Zero ? 1 : (int)Math.Max(0, number - Math.Floor(Math.Max(0, healthyFor / last))) + 1;

    /// <summary>The time of ejection <paramref name="number"/> (1 = the first): doubling up to the maximum, and the jitter on top.</summary>
    public static TimeSpan Time(int number, OutlierDetectionOptions options, double draw) =>
        Times(options).Bound(number) * (1 + (options.Jitter * draw));

    /// <summary>The number as it is kept: no further than the maximum time, so that a long outage can be forgiven too.</summary>
    public static int Capped(int number, OutlierDetectionOptions options)
    {
        var times = Times(options);
        while (number > 1 && times.Bound(number - 1) >= times.Cap)
            number--;
        return number;
    }

    private static Backoff Times(OutlierDetectionOptions options) => new(options.BaseEjectionTime, options.MaxEjectionTime);
}
