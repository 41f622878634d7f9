using System.ComponentModel.DataAnnotations;
using MeshClient.Primitives;

namespace MeshClient.Transport;

/// <summary>How connections to the endpoints of a service are made (<c>Mesh:Upstreams:&lt;name&gt;:Transport</c>).</summary>
public sealed class TransportOptions
{
    /// <summary>The most time to set up a connection, TLS included. Default 2 s, over zero.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an unused connection is kept. Default 1 min, over zero.</summary>
    public TimeSpan PooledConnectionIdleTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The longest life of a connection; null = no limit, but five minutes where the registry gives a host name, so that a changed address is
    /// noticed. Default null, over zero.
    /// </summary>
    public TimeSpan? PooledConnectionLifetime { get; set; }

    /// <summary>
    /// The most HTTP/1.1 connections to one endpoint; by TLS, for each value of the header <c>Host</c> that requests to it carry. Default no limit, at least 1.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxConnectionsPerEndpoint { get; set; } = int.MaxValue;

    /// <summary>
    /// How long an HTTP/2 connection may bring nothing, while calls run on it, before a ping asks whether its other end is still there;
    /// <see cref="Timeout.InfiniteTimeSpan"/> = it is never asked. Default 60 s, at least 1 s.
    /// </summary>
    /// <remarks>
    /// A connection that dies without a word, as when a firewall forgets it, is found by nothing else while its calls wait. Servers of gRPC for Go, Java and
    /// C++ close connections on which pings come more often than they allow, by default every 5 min where nothing else is sent: a service of
    /// theirs whose streams may be silent for minutes needs a longer delay here, or a shorter one there.
    /// </remarks>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the answer to a ping may take before the connection counts as lost and its calls fail. Default 20 s (gRPC A8), at least 1 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether connections made by either are alike, so that those there are may stay.</summary>
    internal bool IsLike(TransportOptions other) =>
        (ConnectTimeout, PooledConnectionIdleTimeout, PooledConnectionLifetime, MaxConnectionsPerEndpoint, KeepAlivePingDelay, KeepAlivePingTimeout)
            == (other.ConnectTimeout, other.PooledConnectionIdleTimeout, other.PooledConnectionLifetime, other.MaxConnectionsPerEndpoint,
                other.KeepAlivePingDelay, other.KeepAlivePingTimeout);

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key) =>
        Ranges.Positive($"{key}:{nameof(ConnectTimeout)}", ConnectTimeout)
            .Concat(Ranges.Positive($"{key}:{nameof(PooledConnectionIdleTimeout)}", PooledConnectionIdleTimeout))
            .Concat(PooledConnectionLifetime is { } life ? Ranges.Positive($"{key}:{nameof(PooledConnectionLifetime)}", life) : [])
            .Concat(Ranges.Between($"{key}:{nameof(MaxConnectionsPerEndpoint)}", MaxConnectionsPerEndpoint, 1, int.MaxValue))
            .Concat(KeepAlivePingDelay == Timeout.InfiniteTimeSpan ? [] : Pings($"{key}:{nameof(KeepAlivePingDelay)}", KeepAlivePingDelay))
            .Concat(Pings($"{key}:{nameof(KeepAlivePingTimeout)}", KeepAlivePingTimeout));

    // The least that .NET takes.
    private static IEnumerable<string> Pings(string key, TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1) || value > Ranges.Longest)
            yield return $"{key}: expected a time of at least one second and at most one day, such as 00:01:00 for 1 min, found {value}.";
    }
}
