using System.Collections.Immutable;
using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Consul.Discovery;

/// <summary>
/// The state of a join of a service's two lists: that of all instances, and that of those which take mutual TLS. There is no set before both have told one,
/// for half of the truth would send calls past sidecars in plain text; a list that fails later keeps what it told.
/// </summary>
internal sealed class ListJoin(ServiceName service)
{
    private readonly Side _all = new();
    private readonly Side _secure = new();

    /// <summary>Takes in what one list says.</summary>
    /// <param name="secure">Whether it is the list of those that take mutual TLS.</param>
    /// <param name="update">What it says.</param>
    /// <param name="now">The time.</param>
    /// <returns>What the join says then.</returns>
    public ImmutableArray<RegistryUpdate> Take(bool secure, RegistryUpdate update, DateTimeOffset now)
    {
        var (told, other) = secure ? (_secure, _all) : (_all, _secure);
        if (update is not RegistryUpdate.Snapshot snapshot)
        {
            told.Trouble ??= Doubt(update, now);
            return update is RegistryUpdate.Stale && (_all.Endpoints is null || _secure.Endpoints is null) ? [] : [update];
        }
        (told.Endpoints, told.Trouble) = (snapshot.Value.Endpoints, null);
        if (_all.Endpoints is not { } all || _secure.Endpoints is not { } able)
            return [];
        var joined = new RegistryUpdate.Snapshot(new ServiceSnapshot(service, Join(all, able)));
        // The set clears all doubt, so that of the other list is said again.
        return other.Trouble is { } trouble ? [joined, trouble] : [joined];
    }

    /// <summary>
    /// The sidecars, each no healthier than its instance, and of the instances those that have none, whatever the sidecar's health. Natives are taken from the list of
    /// all, which Consul tells sooner; and what else the other list holds, such as gateways, stands before no instance.
    /// </summary>
    public static ImmutableArray<Endpoint> Join(ImmutableArray<Endpoint> all, ImmutableArray<Endpoint> secure)
    {
        var sidecars = secure.RemoveAll(static endpoint => !endpoint.IsSidecar);
        if (sidecars.IsEmpty)
            return all;
        var covered = new Dictionary<string, EndpointHealth>(StringComparer.Ordinal);
        foreach (var sidecar in sidecars)
            covered[sidecar.SidecarOf ?? sidecar.InstanceId] = EndpointHealth.Passing;
        foreach (var endpoint in all)
        {
            if (covered.ContainsKey(endpoint.InstanceId))
                covered[endpoint.InstanceId] = endpoint.Health;
        }
        return
        [
            .. sidecars.Select(sidecar => covered[sidecar.SidecarOf ?? sidecar.InstanceId] is var health && health > sidecar.Health ? sidecar with { Health = health } : sidecar),
            .. all.Where(endpoint => !covered.ContainsKey(endpoint.InstanceId)),
        ];
    }

    // A fault is told and counted once; from then on it is a reason for doubt.
    private static RegistryUpdate.Stale? Doubt(RegistryUpdate update, DateTimeOffset now) => update switch
    {
        RegistryUpdate.Stale stale => stale,
        RegistryUpdate.Fault fault => new RegistryUpdate.Stale(now, fault.Reason),
        _ => null,
    };

    private sealed class Side
    {
        public ImmutableArray<Endpoint>? Endpoints { get; set; }

        public RegistryUpdate.Stale? Trouble { get; set; }
    }
}
