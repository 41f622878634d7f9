using System.Collections.Immutable;
using MeshClient.Balancing;
using MeshClient.Balancing.Shaping;
using MeshClient.Discovery;
using MeshClient.Endpoints;

namespace MeshClient.Clusters;

/// <summary>What a cluster's calls go by, built off their path and replaced whole.</summary>
/// <param name="Watch">What is known of the service.</param>
/// <param name="Available">The endpoints that may be chosen.</param>
/// <param name="Picker">Chooses among them.</param>
/// <param name="IsPanic">Whether so few are left that the others are used as well.</param>
/// <param name="IsMixed">Whether some of all usable ones are called by TLS and others in plain text.</param>
internal sealed record ClusterState(WatchState Watch, ImmutableArray<EndpointState> Available, IPicker Picker, bool IsPanic, bool IsMixed)
{
    /// <summary>Chooses who may be called: the usable ones that are neither ejected nor known not to serve, or all usable ones when too few would be left.</summary>
    public static ClusterState Build(
        WatchState watch, ImmutableArray<EndpointState> endpoints, Func<ImmutableArray<EndpointState>, IPicker> createPicker, int panicThresholdPercent,
        Func<EndpointState, bool> isSecure)
    {
        var usable = endpoints.RemoveAll(static e => !e.Endpoint.IsUsable);
        var available = usable.RemoveAll(static e => !e.IsAvailable);
        var isPanic = Panic.UsesAll(usable.Length, available.Length, panicThresholdPercent);
        var chosen = isPanic ? usable : available;
        return new(watch, chosen, createPicker(chosen), isPanic, usable.Any(isSecure) && !usable.All(isSecure));
    }

    /// <summary>The endpoint of an instance ID or a <c>host:port</c> among those that may be chosen; null = there is none.</summary>
    public EndpointState? Find(string id)
    {
        foreach (var endpoint in Available)
        {
            if (endpoint.Endpoint.IsCalled(id))
                return endpoint;
        }
        return null;
    }

    /// <summary>
    /// An endpoint with fewer than <paramref name="room"/> calls in flight, from a random start, rather one not tried before; null = there is none among those that
    /// <paramref name="fits"/>.
    /// </summary>
    public EndpointState? FindWithRoom(in PickContext context, int room, uint bits, Func<EndpointState, bool>? fits = null)
    {
        EndpointState? tried = null;
        var start = (int)(((ulong)bits * (uint)Available.Length) >> 32);
        for (var i = 0; i < Available.Length; i++)
        {
            var endpoint = Available[(start + i) % Available.Length];
            if (endpoint.InFlight >= room || fits?.Invoke(endpoint) == false)
                continue;
            if (!Untried.Avoids(endpoint, context))
                return endpoint;
            tried ??= endpoint;
        }
        return tried;
    }
}
