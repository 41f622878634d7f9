namespace MeshClient.Discovery;

/// <summary>How a registry's update changes what is known: a pure function of both and the time.</summary>
internal static class WatchTransitions
{
    public static WatchState Next(this WatchState state, RegistryUpdate update, DateTimeOffset now) => update switch
    {
        // The known set is kept when it is equal, so that readers can compare by reference.
        RegistryUpdate.Snapshot(var value) => new WatchState(value.Equals(state.LastGood) ? state.LastGood : value, null, null),
        RegistryUpdate.Fault(var reason, _) => state.Doubted(now, reason),
        RegistryUpdate.Stale(var since, var reason) => state.Doubted(since, reason),
        RegistryUpdate.Restored(var value, var since, var reason) => state.LastGood is null ? new WatchState(value, since, reason) : state,
        _ => throw new ArgumentException($"Expected a snapshot, a fault or \"stale\", found {update?.GetType().Name ?? "null"}.", nameof(update)),
    };

    private static WatchState Doubted(this WatchState state, DateTimeOffset since, string reason) =>
        state with { StaleSince = state.LastGood is null ? null : state.StaleSince ?? since, Trouble = reason };
}
