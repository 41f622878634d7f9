using System.ComponentModel.DataAnnotations;

namespace MeshClient.Balancing;

/// <summary>What shapes the choice of an endpoint, whatever the policy, and one policy's own settings.</summary>
public sealed class BalancingOptions
{
    /// <summary>
    /// How long an endpoint that joins, or returns from ejection, takes to grow to its full share, so that cold caches and code are not met by
    /// full load. Default 10 s; zero = at once; at most 1 hour.
    /// </summary>
    public TimeSpan SlowStartWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The share such an endpoint begins with, in percent of its full share, 1 to 100. Default 10, as in Envoy.</summary>
    [Range(1, 100)]
    public int SlowStartMinimumPercent { get; set; } = 10;

    /// <summary>
    /// When fewer than this percentage of the usable endpoints are not ejected, all are used: too few survivors would only be overrun. Default
    /// 50, as in Envoy; 0 = never, 100 = as soon as one is ejected.
    /// </summary>
    [Range(0, 100)]
    public int PanicThresholdPercent { get; set; } = 50;

    /// <summary>How the policy <c>WeightedRoundRobin</c> goes by the load that endpoints report.</summary>
    public WeightedRoundRobinOptions WeightedRoundRobin { get; set; } = new();

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key)
    {
        if (SlowStartWindow < TimeSpan.Zero || SlowStartWindow > TimeSpan.FromHours(1))
            yield return $"{key}:{nameof(SlowStartWindow)}: expected 00:00:00 to 01:00:00, found {SlowStartWindow}.";
        if (SlowStartMinimumPercent is < 1 or > 100)
            yield return $"{key}:{nameof(SlowStartMinimumPercent)}: expected 1 to 100, found {SlowStartMinimumPercent}.";
        if (PanicThresholdPercent is < 0 or > 100)
            yield return $"{key}:{nameof(PanicThresholdPercent)}: expected 0 to 100, found {PanicThresholdPercent}.";
        foreach (var fault in WeightedRoundRobin.Faults($"{key}:{nameof(WeightedRoundRobin)}"))
            yield return fault;
    }
}
