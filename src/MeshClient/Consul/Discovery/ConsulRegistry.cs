using System.Runtime.CompilerServices;
using MeshClient.Consul.Api;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Discovery;

/// <summary>Watches services by Consul's held queries; beyond the limit of watches it polls.</summary>
internal sealed class ConsulRegistry(ConsulClient client, TimeProvider time, IRandomSource random, ILogger<ConsulRegistry> logger)
    : IServiceRegistry, IDisposable
{
    private readonly WatchSlots _slots = new(client.Settings.Options.MaxWatches);
    private int _limitSaid;

    public IAsyncEnumerable<RegistryUpdate> WatchAsync(ServiceName service, CancellationToken cancellationToken) =>
        client.Lists == InstanceLists.Both
            ? JoinedWatch.RunAsync(service, stop => WatchAsync(service, false, stop), stop => WatchAsync(service, true, stop), time, cancellationToken)
            : WatchAsync(service, client.Lists == InstanceLists.MutualTls, cancellationToken);

    public void Dispose() => _slots.Dispose();

    private async IAsyncEnumerable<RegistryUpdate> WatchAsync(
        ServiceName service, bool mutualTls, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new ConsulWatch(service, mutualTls, client, time, random, logger);
        var pace = new TokenBucket(time.GetUtcNow());
        var hasSlot = false;
        try
        {
            while (true)
            {
                await RestAsync(pace.Take(time.GetUtcNow()), cancellationToken).ConfigureAwait(false);
                hasSlot = hasSlot || TakeSlot(service);
                var step = hasSlot
                    ? await watch.StepAsync(polled: false, cancellationToken).ConfigureAwait(false)
                    : await PollAsync(watch, cancellationToken).ConfigureAwait(false);
                foreach (var update in step.Updates)
                    yield return update;
                await RestAsync(step.Rest, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            if (hasSlot)
                _slots.Return();
        }
    }

    private bool TakeSlot(ServiceName service)
    {
        if (_slots.TryTake())
            return true;
        if (Interlocked.Exchange(ref _limitSaid, 1) == 0)
            logger.WatchLimit(client.Settings.Options.MaxWatches, service, client.Settings.Options.PollInterval);
        return false;
    }

    private async Task<WatchStep> PollAsync(ConsulWatch watch, CancellationToken cancellationToken)
    {
        await _slots.Polls.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await watch.StepAsync(polled: true, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _slots.Polls.Release();
        }
    }

    private async ValueTask RestAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        else
            cancellationToken.ThrowIfCancellationRequested();
    }
}
