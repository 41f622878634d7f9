using System.ComponentModel.DataAnnotations;
using MeshClient.Primitives;

namespace MeshClient.Resilience;

/// <summary>How many attempts may be under way at a time (<c>Mesh:Upstreams:&lt;name&gt;:Limits</c>). Each counts until the end of its answer's body.</summary>
/// <remarks>
/// Limits stand below the retries, so that a retry queues like anyone else. What is over them is refused at once: a queue that grows serves only calls
/// that nobody awaits any more.
/// </remarks>
public sealed class LimitOptions
{
    /// <summary>The most attempts under way to the service, of this process. Null = no limit. Default null, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrent { get; set; }

    /// <summary>The most attempts under way to one endpoint, of this process; others are chosen meanwhile. Null = no limit. Default null, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrentPerEndpoint { get; set; }

    /// <summary>
    /// The most attempts that wait for a place, first come, first served, each for as long as its call has time. Default 0 = none waits; 0 to 1,000,000.
    /// </summary>
    [Range(0, 1_000_000)]
    public int MaxQueued { get; set; }

    /// <summary>Whether anything is limited.</summary>
    internal bool IsEnabled => MaxConcurrent is not null || MaxConcurrentPerEndpoint is not null;

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key)
    {
        foreach (var fault in (MaxConcurrent is { } all ? Ranges.Between($"{key}:{nameof(MaxConcurrent)}", all, 1, 1_000_000) : [])
            .Concat(MaxConcurrentPerEndpoint is { } one ? Ranges.Between($"{key}:{nameof(MaxConcurrentPerEndpoint)}", one, 1, 1_000_000) : [])
            .Concat(Ranges.Between($"{key}:{nameof(MaxQueued)}", MaxQueued, 0, 1_000_000)))
            yield return fault;
        if (MaxQueued > 0 && !IsEnabled)
            yield return $"{key}:{nameof(MaxQueued)} ({MaxQueued}) has nothing to wait for: set {key}:{nameof(MaxConcurrent)} or {key}:{nameof(MaxConcurrentPerEndpoint)} too.";
    }
}
