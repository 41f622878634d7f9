using System.ComponentModel.DataAnnotations;
using MeshClient.Primitives;

namespace MeshClient.Resilience;

/// <summary>How failed attempts are tried again on other endpoints (<c>Mesh:Upstreams:&lt;name&gt;:Retry</c>).</summary>
public sealed class RetryOptions
{
    /// <summary>Attempts a call may make, the first included; 1 = no retries. Hedges count, and are bounded by their own maximum. Default 3 (SRE book, ch. 21), range 1 to 10.</summary>
    [Range(1, 10)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Retries allowed per call over the last ten seconds, as a fraction. Default 0.2, range 0 to 1 (Finagle's RetryBudget).</summary>
    [Range(0.0, 1.0)]
    public double BudgetRatio { get; set; } = 0.2;

    /// <summary>Retries a second allowed beside <see cref="BudgetRatio"/>, so that quiet clients can retry too. Default 10, range 0 to 10,000.</summary>
    [Range(0, 10_000)]
    public int BudgetPerSecond { get; set; } = 10;

    /// <summary>Bound of the first wait before a retry; the wait itself is drawn between zero and the bound. Default 25 ms (Envoy).</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>The bound that grows with each retry never exceeds this. Default 250 ms (Envoy).</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key)
    {
        foreach (var fault in Ranges.Between($"{key}:{nameof(MaxAttempts)}", MaxAttempts, 1, 10)
            .Concat(Ranges.Between($"{key}:{nameof(BudgetRatio)}", BudgetRatio, 0, 1))
            .Concat(Ranges.Between($"{key}:{nameof(BudgetPerSecond)}", BudgetPerSecond, 0, 10_000))
            .Concat(Ranges.ZeroOrMore($"{key}:{nameof(BaseDelay)}", BaseDelay))
            .Concat(Ranges.ZeroOrMore($"{key}:{nameof(MaxDelay)}", MaxDelay)))
            yield return fault;
        if (MaxDelay < BaseDelay)
            yield return $"{key}:{nameof(MaxDelay)} ({MaxDelay}) is shorter than {key}:{nameof(BaseDelay)} ({BaseDelay}): lengthen the first or shorten the second.";
    }
}
