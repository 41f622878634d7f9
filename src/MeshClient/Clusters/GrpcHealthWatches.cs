using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Measures;
using MeshClient.Primitives;

namespace MeshClient.Clusters;

/// <summary>
/// Asks each endpoint of a service by <c>grpc.health.v1</c> how it is (gRPC A17). From the break of a stream until the next one says that the service is served, the
/// endpoint counts as not serving; a server that does not know the protocol counts as serving.
/// </summary>
internal sealed class GrpcHealthWatches(Cluster cluster) : EndpointStreams<ServingStatus>(cluster)
{
    // Each change is a line in the log and a new picker under the cluster's lock: a server must not be able to have them made as fast as it can speak, or end streams.
    private const int MostStatuses = 5;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(10);

    private readonly ConditionalWeakTable<EndpointState, SlidingLimit> _limits = [];

    private string? _service;

    /// <summary>Watches these endpoints and no others.</summary>
    /// <param name="endpoints">Those that the registry knows.</param>
    /// <param name="service">What they are asked for; null = nothing is watched.</param>
    public void Track(ImmutableArray<EndpointState> endpoints, string? service)
    {
        if (service != _service)
            Stop();
        _service = service;
        Keep(service is null ? [] : endpoints);
    }

    // A stream that says more is not read on later, for what it holds by then is of the past: a new one begins with the status as it is.
    protected override async IAsyncEnumerable<ServingStatus> OpenAsync(EndpointState endpoint, [EnumeratorCancellation] CancellationToken stop)
    {
        var limit = LimitOf(endpoint);
        var wait = limit.Wait(Cluster.Time.Now());
        do
        {
            await Task.Delay(wait, Cluster.Time, stop).ConfigureAwait(false);
            wait = TimeSpan.Zero;
            await foreach (var status in GrpcHealth.WatchAsync(Cluster.TransportTo(endpoint), Cluster.Name, _service!, stop).ConfigureAwait(false))
            {
                wait = limit.Pass(Cluster.Time.Now());
                if (wait > TimeSpan.Zero)
                    break;
                yield return status;
            }
        }
        while (wait > TimeSpan.Zero);
    }

    protected override void OnSaid(EndpointState endpoint, ServingStatus said, CancellationToken stop) =>
        Cluster.TakeServing(endpoint, said == ServingStatus.Serving, $"it says {said}", stop);

    // A break is taken in at once, since the server may be gone; the next stream waits until there is room for what it says.
    protected override void OnBroken(EndpointState endpoint, Exception? error, CancellationToken stop)
    {
        if (endpoint.IsServing)
            LimitOf(endpoint).Take(Cluster.Time.Now());
        Cluster.TakeServing(endpoint, isServing: false, error?.Message ?? "it has ended the health watch", stop);
    }

    protected override void OnUnknown(EndpointState endpoint, CancellationToken stop) => Cluster.TakeServing(endpoint, isServing: true, "", stop);

    protected override void OnLeft(EndpointState endpoint) => endpoint.SetServing(true);

    private SlidingLimit LimitOf(EndpointState endpoint) => _limits.GetValue(endpoint, static _ => new SlidingLimit(MostStatuses, s_window));
}
