using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MeshClient.Balancing;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.LoadReports;
using MeshClient.Primitives;

namespace MeshClient.Clusters;

/// <summary>Has each endpoint of a service report its load beside the calls (ORCA's <c>OpenRcaService</c>, gRPC A51), where the policy goes by it and is set to ask.</summary>
internal sealed class LoadReportWatches(Cluster cluster) : EndpointStreams<LoadFigures>(cluster)
{
    private WeightedRoundRobinOptions? _options;

    /// <summary>Asks these endpoints and no others.</summary>
    /// <param name="endpoints">Those that the registry knows.</param>
    /// <param name="options">What they are asked for; null = nothing.</param>
    public void Track(ImmutableArray<EndpointState> endpoints, WeightedRoundRobinOptions? options)
    {
        if (options?.OutOfBandPeriod != _options?.OutOfBandPeriod)
            Stop();
        _options = options;
        Keep(options?.OutOfBandPeriod is null ? [] : endpoints);
    }

    protected override async IAsyncEnumerable<LoadFigures> OpenAsync(EndpointState endpoint, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = LoadReportRequest.Message(_options!.OutOfBandPeriod!.Value);
        await foreach (var message in GrpcStream.ReadAsync(Cluster.TransportTo(endpoint), Cluster.Name, LoadReportRequest.Path, request, stop).ConfigureAwait(false))
            yield return LoadFigures.TryRead(message.Span, out var figures) ? figures : throw GrpcStream.Malformed(LoadReportRequest.Path);
    }

    protected override void OnSaid(EndpointState endpoint, LoadFigures said, CancellationToken stop)
    {
        if (!stop.IsCancellationRequested)
            endpoint.RecordReport(said.Weight(_options!.ErrorUtilizationPenalty), Cluster.Time.Now());
    }
}
