using System.Collections.Immutable;
using MeshClient.Model;

namespace MeshClient.Consul.Discovery;

/// <summary>
/// Holds on to instances that are gone after a restart of Consul until they have registered again or the grace is over: an agent that comes back
/// with an empty catalog says nothing about the instances.
/// </summary>
internal sealed class RestartHold(TimeSpan grace)
{
    private ImmutableArray<Endpoint> _held = [];
    private DateTimeOffset _until;

    /// <summary>Since when instances are held; null = none are.</summary>
    public DateTimeOffset? Since { get; private set; }

    public int Count => _held.Length;

    /// <summary>How much of the grace is left.</summary>
    public TimeSpan Left(DateTimeOffset now) => _until - now;

    /// <summary>The set to use in place of <paramref name="fresh"/>: with the held instances behind it.</summary>
    /// <param name="published">The set in use.</param>
    /// <param name="fresh">What Consul says now.</param>
    /// <param name="restarted">Whether Consul was away or went back in time since the set in use.</param>
    /// <param name="now">The time.</param>
    public ImmutableArray<Endpoint> Apply(ImmutableArray<Endpoint> published, ImmutableArray<Endpoint> fresh, bool restarted, DateTimeOffset now)
    {
        if (restarted && grace > TimeSpan.Zero)
        {
            _held = published;
            _until = now + grace;
            Since = now;
        }
        if (Since is null)
            return fresh;
        var back = fresh.Select(endpoint => endpoint.InstanceId).ToHashSet(StringComparer.Ordinal);
        _held = now < _until ? [.. _held.Where(endpoint => !back.Contains(endpoint.InstanceId))] : [];
        if (_held.IsEmpty)
            Since = null;
        return [.. fresh, .. _held];
    }
}
