using System.Runtime.CompilerServices;
using MeshClient.Model;

namespace MeshClient.Discovery.Snapshots;

/// <summary>
/// Keeps each set that a registry tells, and tells the kept one when the registry has no answer at the start. The registry's own first set
/// takes its place.
/// </summary>
/// <param name="registry">The registry.</param>
/// <param name="store">Where sets are kept.</param>
/// <param name="patience">How long the registry has for its first answer before the kept set is used. A fault ends the wait.</param>
/// <param name="time">The clock.</param>
internal sealed class SnapshotRegistry(IServiceRegistry registry, SnapshotStore store, TimeSpan patience, TimeProvider time) : IServiceRegistry
{
    /// <summary>A disk that hangs may not hold back what the registry says for longer.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(2);

    public async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var saver = store.Open(service);
        var updates = registry.WatchAsync(service, stop.Token).GetAsyncEnumerator(stop.Token);
        var next = updates.MoveNextAsync().AsTask();
        try
        {
            if (await RestoreAsync(service, new FirstWord(next, updates), stop.Token).ConfigureAwait(false) is { } restored)
                yield return restored;
            while (await next.ConfigureAwait(false))
            {
                var update = updates.Current;
                if (update is RegistryUpdate.Snapshot(var set))
                    saver.Confirm(set);
                else
                    saver.Doubt();
                yield return update;
                next = updates.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator may not be disposed while it moves.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await updates.DisposeAsync().ConfigureAwait(false);
            await saver.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What was kept, if it is needed. Never throws: what is wrong with the registry comes from its own stream.</summary>
    private async Task<RegistryUpdate.Restored?> RestoreAsync(ServiceName service, FirstWord first, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await Task.WhenAny(first.Task, Task.Delay(patience, time, bound.Token)).ConfigureAwait(false);
            if (first.IsSet || cancellationToken.IsCancellationRequested)
                return null;
            var read = store.ReadAsync(service);
            await Task.WhenAny(read, first.SetAsync(bound.Token), Task.Delay(ReadLimit, time, bound.Token)).ConfigureAwait(false);
            if (first.IsSet || !read.IsCompletedSuccessfully || await read.ConfigureAwait(false) is not { } saved)
                return null;
            return new RegistryUpdate.Restored(saved.Snapshot, Earlier(saved.Confirmed, time.GetUtcNow()),
                $"{first.Trouble} The instances that were saved are used until it does; it confirmed them at {saved.Confirmed:u} for the last time.");
        }
        finally
        {
            await bound.CancelAsync().ConfigureAwait(false);
        }
    }

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    /// <summary>The registry's first update, or its lack.</summary>
    private readonly record struct FirstWord(Task<bool> Task, IAsyncEnumerator<RegistryUpdate> Updates)
    {
        public bool IsSet => Update is RegistryUpdate.Snapshot;

        public string Trouble => Update switch
        {
            RegistryUpdate.Fault fault => $"The registry gives no instances: {fault.Reason}",
            RegistryUpdate.Stale stale => $"The registry gives no instances: {stale.Reason}",
            _ => Task.Exception is { InnerException: { } error } ? $"The registry gives no instances: {error.Message}" : "The registry has not answered since the start.",
        };

        private RegistryUpdate? Update => Task is { IsCompletedSuccessfully: true, Result: true } ? Updates.Current : null;

        /// <summary>Ends when the first update is a set, and otherwise never.</summary>
        public async Task SetAsync(CancellationToken cancellationToken)
        {
            await ((Task)Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!IsSet)
                await System.Threading.Tasks.Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }
}
