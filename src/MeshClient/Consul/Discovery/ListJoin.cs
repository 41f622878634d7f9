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

    /// <summary>Those that take mutual TLS, and of the others those that do so neither by themselves nor by a sidecar, whatever the sidecar's health.</summary>
    public static ImmutableArray<Endpoint> Join(ImmutableArray<Endpoint> all, ImmutableArray<Endpoint> secure)
    {
        if (secure.IsEmpty)
            return all;
        var covered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in secure)
            covered.Add(endpoint.SidecarOf ?? endpoint.InstanceId);
        return [.. secure, .. all.Where(endpoint => !covered.Contains(endpoint.InstanceId))];
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
