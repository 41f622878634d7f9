using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MeshClient.Model;

namespace MeshClient.Endpoints;

/// <summary>What a snapshot changed.</summary>
/// <param name="Current">All endpoints, in the snapshot's order.</param>
/// <param name="Added">Those that are new.</param>
/// <param name="Removed">Those that are gone; calls in flight on them go on.</param>
/// <param name="Changed">Whether anything but the order differs, be it only a weight, so that a picker must be built.</param>
internal sealed record EndpointChanges(
    ImmutableArray<EndpointState> Current, ImmutableArray<EndpointState> Added, ImmutableArray<EndpointState> Removed, bool Changed);

/// <summary>
/// Keeps each endpoint's state across snapshots, by its key: a change of weight, tags or health keeps the state. Applied by one loop at a
/// time; <see cref="Current"/> may be read by any thread.
/// </summary>
internal sealed class EndpointTable
{
    private Dictionary<EndpointKey, EndpointState> _byKey = [];
    private EndpointState[] _current = [];

    public ImmutableArray<EndpointState> Current => ImmutableCollectionsMarshal.AsImmutableArray(Volatile.Read(ref _current));

    /// <summary>Takes over a snapshot's endpoints. Of several with one key the first counts.</summary>
    /// <remarks>
    /// An endpoint that becomes usable begins its slow start, unless none was usable before: a ramp shared by all shifts nothing (Envoy's
    /// own warning), so the first snapshot starts at full share.
    /// </remarks>
    public EndpointChanges Apply(ImmutableArray<Endpoint> endpoints, TimeSpan now)
    {
        var ramps = HasUsableSurvivor(endpoints);
        var next = new Dictionary<EndpointKey, EndpointState>(endpoints.Length);
        var current = ImmutableArray.CreateBuilder<EndpointState>(endpoints.Length);
        var added = ImmutableArray.CreateBuilder<EndpointState>();
        var changed = false;
        foreach (var endpoint in endpoints)
        {
            var key = endpoint.Key;
            if (next.ContainsKey(key))
                continue;
            var wasUsable = false;
            if (_byKey.TryGetValue(key, out var state))
            {
                wasUsable = state.Endpoint.IsUsable;
                changed |= !state.Endpoint.Equals(endpoint);
                state.Update(endpoint);
            }
            else
            {
                state = new EndpointState(endpoint);
                added.Add(state);
            }
            if (ramps && !wasUsable && endpoint.IsUsable)
                state.BeginRamp(now);
            next.Add(key, state);
            current.Add(state);
        }
        var removed = _byKey.Where(entry => !next.ContainsKey(entry.Key)).Select(entry => entry.Value).ToImmutableArray();
        changed |= added.Count > 0 || removed.Length > 0;
        _byKey = next;
        Volatile.Write(ref _current, current.ToArray());
        return new EndpointChanges(Current, added.ToImmutable(), removed, changed);
    }

    private bool HasUsableSurvivor(ImmutableArray<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints)
        {
            if (endpoint.IsUsable && _byKey.TryGetValue(endpoint.Key, out var state) && state.Endpoint.IsUsable)
                return true;
        }
        return false;
    }
}
