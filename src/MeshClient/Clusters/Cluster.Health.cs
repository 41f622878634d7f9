using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Clusters;

// What the endpoints say of themselves, for services whose settings ask for it.
internal sealed partial class Cluster
{
    private GrpcHealthWatches? _health;
    private LoadReportWatches? _loadReports;

    /// <summary>Takes in what an endpoint's health watch says.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="isServing">Whether it may be called.</param>
    /// <param name="reason">Why not.</param>
    /// <param name="watch">Cancelled = the watch has been ended, and what it says counts no more.</param>
    public void TakeServing(EndpointState endpoint, bool isServing, string reason, CancellationToken watch)
    {
        lock (_turn)
        {
            if (_disposed || watch.IsCancellationRequested || !endpoint.SetServing(isServing))
                return;
            // As after an ejection: it has been without calls, and caches and pools fill by a growing share.
            if (isServing)
                endpoint.BeginRamp(Time.Now());
            Rebuild(State.Watch);
            // Last, for a logger may throw.
            ClusterLog.Changed(_services.Logger, Name, endpoint, isServing, reason);
        }
    }

    // Under the lock, as are the two below.
    private void TrackStreams()
    {
        var grpc = Options.Grpc;
        if (grpc.HealthCheck || _health is not null)
            (_health ??= new GrpcHealthWatches(this)).Track(_table.Current, grpc.HealthCheck ? grpc.HealthCheckService : null);
        if (LoadReports is { OutOfBandPeriod: not null } || _loadReports is not null)
            (_loadReports ??= new LoadReportWatches(this)).Track(_table.Current, LoadReports);
    }

    private void RestartStreams()
    {
        _health?.Restart();
        _loadReports?.Restart();
    }

    private void StopStreams()
    {
        _health?.Stop();
        _loadReports?.Stop();
    }
}
