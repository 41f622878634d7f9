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
/// <param name="IsPanic">Whether so few are left that ejected ones are used as well.</param>
internal sealed record ClusterState(WatchState Watch, ImmutableArray<EndpointState> Available, IPicker Picker, bool IsPanic)
{
    /// <summary>Chooses who may be called: the usable ones that are not ejected, or all usable ones when too few would be left.</summary>
    public static ClusterState Build(
        WatchState watch, ImmutableArray<EndpointState> endpoints, Func<ImmutableArray<EndpointState>, IPicker> createPicker, int panicThresholdPercent)
    {
        var usable = endpoints.RemoveAll(static e => !e.Endpoint.IsUsable);
        var available = usable.RemoveAll(static e => e.Standing == EndpointStanding.Ejected);
        var isPanic = Panic.UsesAll(usable.Length, available.Length, panicThresholdPercent);
        var chosen = isPanic ? usable : available;
        return new(watch, chosen, createPicker(chosen), isPanic);
    }
}
