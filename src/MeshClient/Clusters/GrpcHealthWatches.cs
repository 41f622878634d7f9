using System.Collections.Immutable;
using MeshClient.Endpoints;
using MeshClient.Grpc;

namespace MeshClient.Clusters;

/// <summary>
/// Asks each endpoint of a service by <c>grpc.health.v1</c> how it is (gRPC A17). From the break of a stream until the next one says that the service is served, the
/// endpoint counts as not serving; a server that does not know the protocol counts as serving.
/// </summary>
internal sealed class GrpcHealthWatches(Cluster cluster) : EndpointStreams<ServingStatus>(cluster)
{
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

    protected override IAsyncEnumerable<ServingStatus> OpenAsync(HttpMessageInvoker transport, CancellationToken stop) =>
        GrpcHealth.WatchAsync(transport, Cluster.Name, _service!, stop);

    protected override void OnSaid(EndpointState endpoint, ServingStatus said, CancellationToken stop) =>
        Cluster.TakeServing(endpoint, said == ServingStatus.Serving, $"it says {said}", stop);

    protected override void OnBroken(EndpointState endpoint, Exception? error, CancellationToken stop) =>
        Cluster.TakeServing(endpoint, isServing: false, error?.Message ?? "it has ended the health watch", stop);

    protected override void OnUnknown(EndpointState endpoint, CancellationToken stop) => Cluster.TakeServing(endpoint, isServing: true, "", stop);

    protected override void OnLeft(EndpointState endpoint) => endpoint.SetServing(true);
}
