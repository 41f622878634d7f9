using MeshClient.Balancing;
using MeshClient.Balancing.Pickers;
using MeshClient.Measures;
using MeshClient.Resilience;

namespace MeshClient.Clusters;

/// <summary>What a cluster's calls go by beside its endpoints, built from the settings. What holds counts is taken over when the settings change.</summary>
internal sealed class CallPolicies
{
    private readonly int _maxAttempts;

    private CallPolicies(UpstreamOptions options, CallPolicies? before, TimeProvider time)
    {
        _maxAttempts = options.Retry.MaxAttempts;
        if (_maxAttempts > 1)
            Retries = before?._maxAttempts == _maxAttempts ? before.Retries : new RetryPipeline(_maxAttempts, time);
        // Once there is a limiter it stays: attempts under way still have a place to give back.
        Limiter = before?.Limiter ?? (options.Limits.IsEnabled ? new CallLimiter(options.Limits) : null);
        if (options.Hedging.Percentile is not null)
            Latencies = before?.Latencies ?? new LatencyHistogram();
        TimeoutText = new TimeoutText(options.Timeout);
        if (options.LoadBalancing.Equals(WeightedRoundRobinPicker.Policy, StringComparison.OrdinalIgnoreCase))
            LoadReports = options.Balancing.WeightedRoundRobin;
        IsPlain = Limiter is null && !options.Hedging.IsEnabled;
    }

    /// <summary>Runs retries; null = there are none.</summary>
    public RetryPipeline? Retries { get; }

    /// <summary>The places of attempts; null = nothing is limited.</summary>
    public CallLimiter? Limiter { get; }

    /// <summary>The latencies that hedges go by; null = none do.</summary>
    public LatencyHistogram? Latencies { get; }

    /// <summary>Writes the time that is left.</summary>
    public TimeoutText TimeoutText { get; }

    /// <summary>How the load that answers report is taken in; null = it is not read.</summary>
    public WeightedRoundRobinOptions? LoadReports { get; }

    /// <summary>Whether a call needs nothing but an endpoint.</summary>
    public bool IsPlain { get; }

    public static CallPolicies Of(UpstreamOptions options, CallPolicies? before, TimeProvider time)
    {
        before?.Limiter?.Update(options.Limits);
        return new(options, before, time);
    }
}
