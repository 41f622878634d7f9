namespace MeshClient.Discovery;

/// <summary>One reader's view of the one watch that a process holds on a service. Disposing it ends the view; the last view ends the watch.</summary>
internal interface IServiceWatch : IDisposable
{
    /// <summary>What is known now.</summary>
    WatchState Current { get; }
}

/// <summary>The watches of the process: one a service, shared by all who ask for it.</summary>
internal interface IServiceWatches
{
    /// <summary>
    /// Joins or starts the watch on a service. <paramref name="changed"/> is called at once if something is known already and then at each
    /// change, one call at a time and never under a lock of the caller.
    /// </summary>
    IServiceWatch Watch(Model.ServiceName service, Action<WatchState> changed);
}
