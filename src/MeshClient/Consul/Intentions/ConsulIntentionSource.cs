using System.Runtime.CompilerServices;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Intentions;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshClient.Consul.Intentions;

/// <summary>Watches the intentions about a service by Consul's held queries, paced as the watches of services are.</summary>
internal sealed class ConsulIntentionSource(
    string service, ConsulClient client, TimeProvider time, IRandomSource random, ILogger<IntentionKeeper>? logger = null) : IIntentionSource
{
    private readonly ILogger _logger = logger ?? NullLogger<IntentionKeeper>.Instance;

    public async IAsyncEnumerable<IntentionUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ask = new IntentionQuery(service, client.Intentions, _logger);
        var query = new HeldQuery<IntentionSet>(ask.AskAsync, client.Settings.Options, time, random);
        IntentionUpdate? told = null;
        while (true)
        {
            var step = await query.StepAsync(cancellationToken).ConfigureAwait(false);
            IntentionUpdate update = step.Fault is { } fault
                ? new IntentionUpdate.Fault(fault.Message, fault) { ErrorType = step.ErrorType }
                : new IntentionUpdate.Known(step.Value!);
            // A query also returns when nothing has changed. Each fault is told: they are counted.
            if (step.Fault is not null || !update.Equals(told))
                yield return update;
            told = update;
            if (step.Rest > TimeSpan.Zero)
                await Task.Delay(step.Rest, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
