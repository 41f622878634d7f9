using System.Runtime.CompilerServices;
using MeshClient.Model;

namespace MeshClient.Discovery;

/// <summary>
/// Asks the configuration for the services that have endpoints there and the registry for the others, and changes over while it is watched.
/// </summary>
internal sealed class CompositeRegistry(ConfigurationRegistry configuration, IServiceRegistry registry) : IServiceRegistry
{
    public async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            var configured = configuration.Has(service);
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var changeOver = CancelOnceAsync(configuration.WaitUntilAsync(service, !configured, turn.Token), turn);
            IServiceRegistry source = configured ? configuration : registry;
            var changedOver = false;
            var updates = source.WatchAsync(service, turn.Token).GetAsyncEnumerator(turn.Token);
            try
            {
                while (!changedOver && await MoveNextAsync(updates, turn.Token).ConfigureAwait(false))
                {
                    // The configuration lost the service before this was told so: the registry knows the set, not the empty list.
                    changedOver = configured && updates.Current is RegistryUpdate.Snapshot { Value.Endpoints.IsEmpty: true };
                    if (!changedOver)
                        yield return updates.Current;
                }
                changedOver |= turn.IsCancellationRequested;
            }
            finally
            {
                await updates.DisposeAsync().ConfigureAwait(false);
                await turn.CancelAsync().ConfigureAwait(false);
                await changeOver.ConfigureAwait(false);
            }
            cancellationToken.ThrowIfCancellationRequested();
            if (!changedOver)
                yield break;
        }
    }

    private static async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<RegistryUpdate> updates, CancellationToken turn)
    {
        try
        {
            return await updates.MoveNextAsync().ConfigureAwait(false) && !turn.IsCancellationRequested;
        }
        catch (OperationCanceledException) when (turn.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task CancelOnceAsync(Task changed, CancellationTokenSource turn)
    {
        await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (changed.IsCompletedSuccessfully)
            await turn.CancelAsync().ConfigureAwait(false);
    }
}
