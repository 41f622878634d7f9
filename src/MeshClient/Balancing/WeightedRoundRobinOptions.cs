using System.ComponentModel.DataAnnotations;
using MeshClient.Primitives;

namespace MeshClient.Balancing;

/// <summary>How the policy <c>WeightedRoundRobin</c> goes by the load that endpoints report (gRPC A58).</summary>
public sealed class WeightedRoundRobinOptions
{
    private static readonly TimeSpan s_shortestUpdate = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long an endpoint must have reported before its weight counts: at first it tells of a server that is still cold. Until then it has the mean weight. Default
    /// 10 s; zero = at once; at most 1 hour.
    /// </summary>
    public TimeSpan BlackoutPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long without a report a weight counts no more. Default 3 min, over zero, at most one day.</summary>
    public TimeSpan ExpirationPeriod { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>How often the shares are worked out anew. Default 1 s, 100 ms to 1 hour.</summary>
    public TimeSpan UpdatePeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How much of a server its failing requests count as: with 1, one that fails half of them counts as used by half more. Default 1, 0 to 100; 0 = errors do not count.
    /// </summary>
    [Range(0.0, 100.0)]
    public double ErrorUtilizationPenalty { get; set; } = 1;

    /// <summary>
    /// How often each endpoint is asked for a report by a stream beside the calls (ORCA's <c>OpenRcaService</c>), for services that are called seldom or by long streams. The
    /// reports with the answers are then not read. Null = they are, and nothing is asked. Default null, 1 s to 1 hour.
    /// </summary>
    public TimeSpan? OutOfBandPeriod { get; set; }

    internal IEnumerable<string> Faults(string key)
    {
        if (BlackoutPeriod < TimeSpan.Zero || BlackoutPeriod > TimeSpan.FromHours(1))
            yield return $"{key}:{nameof(BlackoutPeriod)}: expected 00:00:00 to 01:00:00, found {BlackoutPeriod}.";
        foreach (var fault in Ranges.Positive($"{key}:{nameof(ExpirationPeriod)}", ExpirationPeriod))
            yield return fault;
        if (UpdatePeriod < s_shortestUpdate || UpdatePeriod > TimeSpan.FromHours(1))
            yield return $"{key}:{nameof(UpdatePeriod)}: expected 00:00:00.100 to 01:00:00, found {UpdatePeriod}.";
        if (OutOfBandPeriod < TimeSpan.FromSeconds(1) || OutOfBandPeriod > TimeSpan.FromHours(1))
            yield return $"{key}:{nameof(OutOfBandPeriod)}: expected 00:00:01 to 01:00:00, found {OutOfBandPeriod}.";
        if (ErrorUtilizationPenalty is not (>= 0 and <= 100))
            yield return $"{key}:{nameof(ErrorUtilizationPenalty)}: expected 0 to 100, found {ErrorUtilizationPenalty}.";
    }
}
