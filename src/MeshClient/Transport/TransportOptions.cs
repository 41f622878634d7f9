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
    /// How long a connection may bring nothing before TCP asks whether its other end is still there; <see cref="Timeout.InfiniteTimeSpan"/> = it never asks. Where it
    /// gets no answer within <see cref="KeepAlivePingTimeout"/> the connection is lost, and so it is, on Linux and by HTTP/2, where what was sent could not be
    /// delivered for as long as both together. Default 60 s, 1 s to 9 h.
    /// </summary>
    public TimeSpan TcpKeepAliveDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long an HTTP/2 connection may bring nothing, while calls run on it, before a ping asks whether the program at its other end is still there;
    /// <see cref="Timeout.InfiniteTimeSpan"/> = it is never asked. Default 5 min, at least 1 s.
    /// </summary>
    /// <remarks>
    /// It finds what TCP cannot, such as a proxy that keeps the connection while the server behind it is gone. Servers of gRPC for Go, Java, C++ and Python close
    /// connections on which pings come more often than they allow, by default every 5 min where nothing else is sent (gRPC A8): with a shorter delay here, they need
    /// a shorter one there.
    /// </remarks>
    public TimeSpan KeepAlivePingDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the answer to either question may take before the connection counts as lost and its calls fail. Default 20 s (gRPC A8), at least 1 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether connections made by either are alike, so that those there are may stay.</summary>
    internal bool IsLike(TransportOptions other) =>
        (ConnectTimeout, PooledConnectionIdleTimeout, PooledConnectionLifetime, MaxConnectionsPerEndpoint, TcpKeepAliveDelay, KeepAlivePingDelay, KeepAlivePingTimeout)
            == (other.ConnectTimeout, other.PooledConnectionIdleTimeout, other.PooledConnectionLifetime, other.MaxConnectionsPerEndpoint,
                other.TcpKeepAliveDelay, other.KeepAlivePingDelay, other.KeepAlivePingTimeout);

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key) =>
        Ranges.Positive($"{key}:{nameof(ConnectTimeout)}", ConnectTimeout)
            .Concat(Ranges.Positive($"{key}:{nameof(PooledConnectionIdleTimeout)}", PooledConnectionIdleTimeout))
            .Concat(PooledConnectionLifetime is { } life ? Ranges.Positive($"{key}:{nameof(PooledConnectionLifetime)}", life) : [])
            .Concat(Ranges.Between($"{key}:{nameof(MaxConnectionsPerEndpoint)}", MaxConnectionsPerEndpoint, 1, int.MaxValue))
            .Concat(TcpKeepAliveDelay == Timeout.InfiniteTimeSpan ? [] : TcpDelay($"{key}:{nameof(TcpKeepAliveDelay)}", TcpKeepAliveDelay))
            .Concat(KeepAlivePingDelay == Timeout.InfiniteTimeSpan ? [] : Pings($"{key}:{nameof(KeepAlivePingDelay)}", KeepAlivePingDelay))
            .Concat(Pings($"{key}:{nameof(KeepAlivePingTimeout)}", KeepAlivePingTimeout));

    // The least that .NET takes.
    private static IEnumerable<string> Pings(string key, TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1) || value > Ranges.Longest)
            yield return $"{key}: expected a time of at least one second and at most one day, such as 00:01:00 for 1 min, found {value}.";
    }

    // What Linux takes.
    private static IEnumerable<string> TcpDelay(string key, TimeSpan value)
    {
        if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromHours(9))
            yield return $"{key}: expected a time of at least one second and at most nine hours, such as 00:01:00 for 1 min, found {value}.";
    }
}
