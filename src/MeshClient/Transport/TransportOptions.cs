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

    /// <summary>Whether connections made by either are alike, so that those there are may stay.</summary>
    internal bool IsLike(TransportOptions other) =>
        (ConnectTimeout, PooledConnectionIdleTimeout, PooledConnectionLifetime, MaxConnectionsPerEndpoint)
            == (other.ConnectTimeout, other.PooledConnectionIdleTimeout, other.PooledConnectionLifetime, other.MaxConnectionsPerEndpoint);

    /// <summary>What is out of range, one sentence each.</summary>
    /// <param name="key">The configuration key of this section.</param>
    internal IEnumerable<string> Faults(string key) =>
        Ranges.Positive($"{key}:{nameof(ConnectTimeout)}", ConnectTimeout)
            .Concat(Ranges.Positive($"{key}:{nameof(PooledConnectionIdleTimeout)}", PooledConnectionIdleTimeout))
            .Concat(PooledConnectionLifetime is { } life ? Ranges.Positive($"{key}:{nameof(PooledConnectionLifetime)}", life) : [])
            .Concat(Ranges.Between($"{key}:{nameof(MaxConnectionsPerEndpoint)}", MaxConnectionsPerEndpoint, 1, int.MaxValue));
}
