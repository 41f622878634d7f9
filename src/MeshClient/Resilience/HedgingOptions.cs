using System.ComponentModel.DataAnnotations;
using MeshClient.Primitives;

namespace MeshClient.Resilience;

/// <summary>
/// When a call that can be sent again is also sent to a second endpoint because the first takes long (<c>Mesh:Upstreams:&lt;name&gt;:Hedging</c>). The
/// first good answer counts and the other attempts are cancelled (Dean and Barroso, "The Tail at Scale", 2013).
/// </summary>
/// <remarks>Off unless <see cref="Delay"/> or <see cref="Percentile"/> is set. Hedges are paid for from the retry budget, so that a slow service is not asked twice as much.</remarks>
public sealed class HedgingOptions
{
    /// <summary>
    /// How long an attempt may go unanswered before a hedge is sent. With <see cref="Percentile"/>: the wait while too few answers are known. Null = see
    /// there. Default null, over zero.
    /// </summary>
    public TimeSpan? Delay { get; set; }

    /// <summary>
    /// The percentile of the service's own recent latencies that is waited for before a hedge is sent, such as 95: then at most one call in twenty is
    /// hedged. Without <see cref="Delay"/> nothing is hedged until 100 answers are known. Null = <see cref="Delay"/> alone. Default null, 50 to 99.99.
    /// </summary>
    [Range(50, 99.99)]
    public double? Percentile { get; set; }

    /// <summary>Hedges per call at most, each a delay after the one before and to another endpoint. Default 1, range 1 to 5.</summary>
    [Range(1, 5)]
    public int MaxHedges { get; set; } = 1;

    /// <summary>Whether anything is hedged.</summary>
    internal bool IsEnabled => Delay is not null || Percentile is not null;

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key) =>
        (Delay is { } delay ? Ranges.Positive($"{key}:{nameof(Delay)}", delay) : [])
            .Concat(Percentile is { } percentile ? Ranges.Between($"{key}:{nameof(Percentile)}", percentile, 50, 99.99) : [])
            .Concat(Ranges.Between($"{key}:{nameof(MaxHedges)}", MaxHedges, 1, 5));
}
