using System.Collections.Immutable;
using Grpc.Core;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Primitives;

namespace MeshClient.Clusters;

/// <summary>
/// Asks each endpoint of a service by <c>grpc.health.v1</c> how it is, for as long as the registry knows it (gRPC A17): one stream each, by the same transport as
/// the calls. A stream that breaks is begun again after a wait, and until it says that the service is served the endpoint counts as not serving; a
/// server that does not know the protocol counts as serving. Called under the cluster's lock.
/// </summary>
internal sealed class GrpcHealthWatches(Cluster cluster)
{
    private static readonly Backoff s_backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2));

    private readonly Dictionary<EndpointState, CancellationTokenSource> _running = [];
    private string? _service;

    /// <summary>Watches these endpoints and no others.</summary>
    /// <param name="endpoints">Those that the registry calls usable.</param>
    /// <param name="service">What they are asked for; null = nothing is watched.</param>
    public void Track(ImmutableArray<EndpointState> endpoints, string? service)
    {
        if (service != _service)
            Stop();
        _service = service;
        var current = service is null ? [] : endpoints.Where(static e => e.Endpoint.IsUsable).ToHashSet();
        foreach (var gone in _running.Keys.Where(e => !current.Contains(e)).ToArray())
            End(gone);
        foreach (var endpoint in current.Where(e => !_running.ContainsKey(e)))
            Begin(endpoint);
    }

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

    /// <summary>Ends all streams, and nothing speaks against their endpoints any more.</summary>
    public void Stop()
    {
        foreach (var endpoint in _running.Keys.ToArray())
            End(endpoint);
    }

    private void Begin(EndpointState endpoint)
    {
        // Never disposed of: its loop may still ask for it, and without a timer it holds nothing.
        var stop = new CancellationTokenSource();
        _running[endpoint] = stop;
        // The loop outlives the call that may have begun it, and must not carry its ambient values along.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            _ = Task.Run(() => RunAsync(endpoint, _service!, stop));
    }

    private void End(EndpointState endpoint)
    {
        if (_running.Remove(endpoint, out var stop))
            stop.Cancel();
        endpoint.SetServing(true);
    }

    private Task RunAsync(EndpointState endpoint, string service, CancellationTokenSource stop) => SourceLoop.RunAsync(
        token => WatchAsync(endpoint, service, token),
        status =>
        {
            cluster.TakeServing(endpoint, status == ServingStatus.Serving, $"it says {status}", stop.Token);
            return true;
        },
        error =>
        {
            // An answer, if a negative one: it is not asked again.
            if (error is RpcException { StatusCode: StatusCode.Unimplemented })
            {
                cluster.TakeServing(endpoint, isServing: true, "", stop.Token);
                stop.Cancel();
            }
            // Without a certificate of its own this process hears nobody, and no endpoint is to blame for that.
            else if (cluster.HasIdentity)
                cluster.TakeServing(endpoint, isServing: false, error?.Message ?? "it has ended the health watch", stop.Token);
        },
        s_backoff, cluster.Random, cluster.Time, stop.Token);

    private async IAsyncEnumerable<ServingStatus> WatchAsync(
        EndpointState endpoint, string service, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        if (!cluster.HasIdentity)
            await cluster.WaitForIdentityAsync(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        await foreach (var status in GrpcHealth.WatchAsync(cluster.TransportTo(endpoint), cluster.Name, service, stop).ConfigureAwait(false))
            yield return status;
    }
}
