using System.Collections.Immutable;
using Grpc.Core;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Clusters;

/// <summary>
/// A stream from each endpoint of a service, for as long as the registry knows it, by the same transport as the calls. One that breaks is begun again after a wait; a
/// server that does not know the method is asked again after a long one: it may have been replaced, or be about to learn it. Called under the cluster's lock.
/// </summary>
/// <typeparam name="T">What comes by the stream.</typeparam>
internal abstract class EndpointStreams<T>(Cluster cluster)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(2);

    private static readonly Backoff s_broken = new(TimeSpan.FromSeconds(1), s_longest), s_unknown = new(s_longest, s_longest);

    private readonly Dictionary<EndpointState, CancellationTokenSource> _running = [];

    /// <summary>Whose endpoints they are.</summary>
    protected Cluster Cluster => cluster;

    /// <summary>Begins all streams anew, by the transports that there are from now on; what they said stands until they say more.</summary>
    public void Restart()
    {
        foreach (var endpoint in _running.Keys.ToArray())
        {
            _running.Remove(endpoint, out var stop);
            stop!.Cancel();
            Begin(endpoint);
        }
    }

    /// <summary>Ends all streams.</summary>
    public void Stop() => Keep([]);

    /// <summary>Has a stream from each of these endpoints and from no others.</summary>
    /// <param name="endpoints">Those that the registry knows.</param>
    protected void Keep(ImmutableArray<EndpointState> endpoints)
    {
        var current = endpoints.Where(static e => e.Endpoint.IsUsable).ToHashSet();
        foreach (var gone in _running.Keys.Where(e => !current.Contains(e)).ToArray())
        {
            _running.Remove(gone, out var stop);
            stop!.Cancel();
            OnLeft(gone);
        }
        foreach (var endpoint in current.Where(e => !_running.ContainsKey(e)))
            Begin(endpoint);
    }

    /// <summary>Begins a stream, by the transport of the endpoint's calls.</summary>
    protected abstract IAsyncEnumerable<T> OpenAsync(EndpointState endpoint, CancellationToken stop);

    /// <summary>Takes in what came.</summary>
    protected abstract void OnSaid(EndpointState endpoint, T said, CancellationToken stop);

    /// <summary>The stream broke off; there will be another.</summary>
    protected virtual void OnBroken(EndpointState endpoint, Exception? error, CancellationToken stop)
    {
    }

    /// <summary>The server does not know the method.</summary>
    protected virtual void OnUnknown(EndpointState endpoint, CancellationToken stop)
    {
    }

    /// <summary>Nobody asks the endpoint any more.</summary>
    protected virtual void OnLeft(EndpointState endpoint)
    {
    }

    private void Begin(EndpointState endpoint)
    {
        // Never disposed of: its loop may still ask for it, and without a timer it holds nothing.
        var stop = new CancellationTokenSource();
        _running[endpoint] = stop;
        // The loop outlives the call that may have begun it, and must not carry its ambient values along.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            _ = Task.Run(() => RunAsync(endpoint, stop.Token));
    }

    private async Task RunAsync(EndpointState endpoint, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var known = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await SourceLoop.RunAsync(
                token => WatchAsync(endpoint, token),
                said =>
                {
                    OnSaid(endpoint, said, stop);
                    return true;
                },
                error =>
                {
                    // An answer, if a negative one.
                    if (error is RpcException { StatusCode: StatusCode.Unimplemented })
                    {
                        known.Cancel();
                        OnUnknown(endpoint, stop);
                    }
                    // Without a certificate of its own this process hears nobody, and no endpoint is to blame for that.
                    else if (cluster.HasIdentity)
                    {
                        OnBroken(endpoint, error, stop);
                    }
                },
                s_broken, cluster.Random, cluster.Time, known.Token).ConfigureAwait(false);
            await Task.Delay(s_unknown.EqualJitter(1, cluster.Random.NextDouble()), cluster.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async IAsyncEnumerable<T> WatchAsync(EndpointState endpoint, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        if (!cluster.HasIdentity)
            await cluster.WaitForIdentityAsync(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        await foreach (var said in OpenAsync(endpoint, stop).ConfigureAwait(false))
            yield return said;
    }
}
