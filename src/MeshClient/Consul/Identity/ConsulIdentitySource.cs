using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Identity;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Identity;

/// <summary>The identity that Consul's CA gives to a service: roots and leaf, each waited on by a held query of its own.</summary>
internal sealed class ConsulIdentitySource(string service, ConsulClient client, TimeProvider time, IRandomSource random, ILogger<ConsulIdentitySource> logger)
    : IIdentitySource
{
    private bool _hasWarned;

    public async IAsyncEnumerable<IdentityUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!_hasWarned && client.Settings is { IsInPlainText: true } settings)
        {
            _hasWarned = true;
            logger.KeyInPlainText(settings.Address, service);
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var identity = new ConnectIdentity(service);
        var updates = Channel.CreateBounded<Func<IEnumerable<IdentityUpdate>>>(new BoundedChannelOptions(1) { SingleReader = true });
        var options = client.Settings.Options;
        Task[] loops =
        [
            RunAsync(new HeldQuery<ConnectRoots>(client.Connect.RootsAsync, options, time, random), identity.Roots, identity.RootsFailed, updates.Writer, stop.Token),
            RunAsync(new HeldQuery<ConnectLeaf>((query, token) => client.Connect.LeafAsync(service, query, token), options, time, random),
                identity.Leaf, identity.LeafFailed, updates.Writer, stop.Token),
        ];
        try
        {
            // The answers are put together here, one at a time.
            await foreach (var take in updates.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                foreach (var update in take())
                    yield return update;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync<T>(
        HeldQuery<T> query, Func<T, IEnumerable<IdentityUpdate>> taken, Func<string, Exception?, string?, IEnumerable<IdentityUpdate>> failed,
        ChannelWriter<Func<IEnumerable<IdentityUpdate>>> updates, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            while (true)
            {
                var step = await query.StepAsync(cancellationToken).ConfigureAwait(false);
                await updates.WriteAsync(
                    () => step.Fault is { } fault ? failed(fault.Message, fault, step.ErrorType) : taken(step.Value!), cancellationToken).ConfigureAwait(false);
                if (step.Rest > TimeSpan.Zero)
                    await Task.Delay(step.Rest, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // A mistake of this code's own: the reader of the stream starts it again.
            updates.TryComplete(error);
        }
    }
}
