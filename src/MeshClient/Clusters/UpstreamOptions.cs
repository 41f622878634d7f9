using MeshClient.Balancing;
using MeshClient.Grpc;
using MeshClient.Model;
using MeshClient.OutlierDetection;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Transport;

namespace MeshClient.Clusters;

/// <summary>How a service is called (<c>Mesh:Upstreams:&lt;name&gt;</c>; the name <c>*</c> gives the defaults of all).</summary>
public sealed class UpstreamOptions
{
    private static readonly TimeSpan s_defaultBaseDelay = new RetryOptions().BaseDelay;

    /// <summary>The registry's name of the service; null = the upstream's own name.</summary>
    public string? Service { get; set; }

    /// <summary>The datacenter to find it in; null = the registry agent's own.</summary>
    public string? Datacenter { get; set; }

    /// <summary>The most time from the call to the headers of its answer, retries and waits included. Default 15 s, over zero.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The most time of one attempt, to the headers of its answer. Null = half of <see cref="Timeout"/> for calls that can be sent again (so
    /// that there is time to try another endpoint), all of it for the others and for gRPC. Default null, over zero, at most <see cref="Timeout"/>.
    /// </summary>
    public TimeSpan? AttemptTimeout { get; set; }

    /// <summary>
    /// The longest silence while the body of an answer is being read; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> = no limit. It
    /// bounds each read and not the whole, so that streams may last. Default 60 s, over zero.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The balancing policy: PeakEwma (default), LeastRequest, RoundRobin, WeightedRoundRobin, Random, RingHash or one added by <c>AddPicker</c>.</summary>
    public string LoadBalancing { get; set; } = "PeakEwma";

    /// <summary>Slow start and panic.</summary>
    public BalancingOptions Balancing { get; set; } = new();

    /// <summary>When an endpoint is ejected, and for how long.</summary>
    public OutlierDetectionOptions OutlierDetection { get; set; } = new();

    /// <summary>How failed attempts are tried again.</summary>
    public RetryOptions Retry { get; set; } = new();

    /// <summary>When a call is also sent to a second endpoint because the first takes long. Default off.</summary>
    public HedgingOptions Hedging { get; set; } = new();

    /// <summary>How many attempts may be under way at a time. Default no limit.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>How gRPC calls are made.</summary>
    public GrpcOptions Grpc { get; set; } = new();

    /// <summary>How connections are made.</summary>
    public TransportOptions Transport { get; set; } = new();

    /// <summary>What is out of range or contradicts itself, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    /// <param name="policies">The names of the balancing policies.</param>
    internal IEnumerable<string> Faults(string key, IReadOnlyCollection<string> policies)
    {
        foreach (var fault in Ranges.Positive($"{key}:{nameof(Timeout)}", Timeout)
            .Concat(AttemptTimeout is { } attempt ? Ranges.Positive($"{key}:{nameof(AttemptTimeout)}", attempt) : [])
            .Concat(IdleTimeout == System.Threading.Timeout.InfiniteTimeSpan ? [] : Ranges.Positive($"{key}:{nameof(IdleTimeout)}", IdleTimeout))
            .Concat(Balancing.Faults($"{key}:{nameof(Balancing)}"))
            .Concat(OutlierDetection.Faults($"{key}:{nameof(OutlierDetection)}"))
            .Concat(Retry.Faults($"{key}:{nameof(Retry)}"))
            .Concat(Hedging.Faults($"{key}:{nameof(Hedging)}"))
            .Concat(Limits.Faults($"{key}:{nameof(Limits)}"))
            .Concat(Grpc.Faults($"{key}:{nameof(Grpc)}"))
            .Concat(Transport.Faults($"{key}:{nameof(Transport)}")))
            yield return fault;
        foreach (var (property, value) in new[] { (nameof(Service), Service), (nameof(Datacenter), Datacenter) })
        {
            if (value is not null && !ServiceName.IsValid(value))
                yield return $"{key}:{property}: expected 1 to 255 characters with no white space and no '/', found \"{value}\".";
        }
        foreach (var fault in Contradictions(key))
            yield return fault;
        if (!policies.Contains(LoadBalancing, StringComparer.OrdinalIgnoreCase))
            yield return $"{key}:{nameof(LoadBalancing)}: expected one of {string.Join(", ", policies)}, or a policy added by AddPicker, found \"{LoadBalancing}\".";
    }
    // A Timeout alone, however short, contradicts none of the defaults.
    private IEnumerable<string> Contradictions(string key)
    {
        if (AttemptTimeout > Timeout)
            yield return $"{key}:{nameof(AttemptTimeout)} ({AttemptTimeout}) is longer than {key}:{nameof(Timeout)} ({Timeout}): shorten the first or lengthen the second.";
        var (hedging, retry) = ($"{key}:{nameof(Hedging)}", $"{key}:{nameof(Retry)}");
        if (Hedging.IsEnabled && Retry.MaxAttempts == 1)
        {
            yield return $"{retry}:{nameof(Retry.MaxAttempts)} (1) switches off the hedging that {hedging} asks for, since a hedge is a further attempt: "
                + "allow 2 attempts or more, or set no Delay and no Percentile.";
        }
        if (Hedging.Delay >= Timeout)
        {
            yield return $"{hedging}:{nameof(Hedging.Delay)} ({Hedging.Delay}) is not shorter than {key}:{nameof(Timeout)} ({Timeout}), so that no hedge would ever be sent: "
                + "shorten the first or lengthen the second.";
        }
        if (Retry.MaxAttempts > 1 && Retry.BaseDelay >= Timeout && Retry.BaseDelay > s_defaultBaseDelay)
        {
            yield return $"{retry}:{nameof(Retry.BaseDelay)} ({Retry.BaseDelay}) is not shorter than {key}:{nameof(Timeout)} ({Timeout}), so that calls would end while they wait for a retry: "
                + "shorten the first or lengthen the second.";
        }
    }
}
