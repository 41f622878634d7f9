using MeshClient.Primitives;

namespace MeshClient.Consul.Discovery;

/// <summary>How long a loop rests after a failure of Consul.</summary>
internal static class ConsulBackoff
{
    private static readonly Backoff s_retry = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(15));

    /// <summary>A longer Retry-After is not believed: it would stop the loop for good.</summary>
    private static readonly TimeSpan s_maxRetryAfter = TimeSpan.FromMinutes(1);

    /// <summary>The rest after so many failures in a row, or as long as Consul asks for.</summary>
    public static TimeSpan After(int failures, ConsulException? fault, IRandomSource random)
    {
        var wait = s_retry.EqualJitter(failures, random.NextDouble());
        return fault?.RetryAfter is { } asked && asked > wait ? (asked < s_maxRetryAfter ? asked : s_maxRetryAfter) : wait;
    }
}
