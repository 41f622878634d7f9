using MeshClient.Discovery;
using MeshClient.Endpoints;
using MeshClient.Model;
using MeshClient.OutlierDetection;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Clusters;

/// <summary>What a cluster says of its endpoints.</summary>
[LogEvents(typeof(Cluster), 1200, 1299)]
internal static partial class ClusterLog
{
    /// <summary>Says and counts a change of an endpoint's standing.</summary>
    public static void Changed(ClusterServices services, string cluster, EjectionChange change)
    {
        switch (change.To)
        {
            case EndpointStanding.Ejected:
                services.Metrics.Ejected(cluster, change.Reason!.Value.TagValue());
                Ejected(services.Logger, cluster, change.Endpoint, change.Time.TotalSeconds, change.Reason);
                break;
            case EndpointStanding.Probation:
                OnProbation(services.Logger, cluster, change.Endpoint);
                break;
            default:
                Restored(services.Logger, cluster, change.Endpoint);
                break;
        }
    }

    /// <summary>Says that there is nobody to call: at first most likely a name mistyped, later the last instance gone.</summary>
    public static void Emptied(ClusterServices services, Cluster cluster, WatchState before, WatchState now)
    {
        if (now.LastGood is { Endpoints.IsEmpty: true } && before.LastGood is not { Endpoints.IsEmpty: true })
            NoInstances(services.Logger, cluster.Name, cluster.Service);
    }

    /// <summary>Says that panic has begun or ended.</summary>
    public static void Changed(ILogger logger, string cluster, ClusterState before, ClusterState now)
    {
        if (now.IsPanic && !before.IsPanic)
            PanicBegan(logger, cluster, now.Available.Count(static e => e.IsAvailable), now.Available.Length);
        else if (before.IsPanic && !now.IsPanic)
            PanicEnded(logger, cluster, now.Available.Length);
    }

    /// <summary>Says that an endpoint's health has changed.</summary>
    public static void Changed(ILogger logger, string cluster, EndpointState endpoint, bool isServing, string reason)
    {
        if (isServing)
            ServesAgain(logger, cluster, endpoint);
        else
            NotServing(logger, cluster, endpoint, reason);
    }

    [LoggerMessage(1200, LogLevel.Warning, "{Cluster}: {Endpoint} is ejected for {Seconds:0.#} s: {Reason}.", EventName = "EndpointEjected")]
    private static partial void Ejected(ILogger logger, string cluster, EndpointState endpoint, double seconds, EjectionReason? reason);

    [LoggerMessage(1201, LogLevel.Information, "{Cluster}: the ejection of {Endpoint} has ended; it is on probation.", EventName = "EndpointOnProbation")]
    private static partial void OnProbation(ILogger logger, string cluster, EndpointState endpoint);

    [LoggerMessage(1202, LogLevel.Information, "{Cluster}: {Endpoint} has proved itself and takes its share again.", EventName = "EndpointRestored")]
    private static partial void Restored(ILogger logger, string cluster, EndpointState endpoint);

    [LoggerMessage(1203, LogLevel.Warning,
        "{Cluster}: the registry knows no instance of {Service}, and calls to it fail until it does. Is the service registered under that name? "
        + "If its name differs from the upstream's, set Mesh:Upstreams:{Cluster}:Service.",
        EventName = "NoInstances")]
    private static partial void NoInstances(ILogger logger, string cluster, ServiceName service);

    [LoggerMessage(
        1204, LogLevel.Warning, "{Cluster}: panic, only {Healthy} of {Usable} usable endpoints are available, so that all are called.", EventName = "PanicBegan")]
    private static partial void PanicBegan(ILogger logger, string cluster, int healthy, int usable);

    [LoggerMessage(1205, LogLevel.Information, "{Cluster}: the panic has ended, {Available} endpoints are called and ejections count again.", EventName = "PanicEnded")]
    private static partial void PanicEnded(ILogger logger, string cluster, int available);

    [LoggerMessage(
        1206, LogLevel.Warning, "{Cluster}: {Endpoint} does not serve by its gRPC health check and gets no calls while others do: {Reason}.", EventName = "EndpointNotServing")]
    private static partial void NotServing(ILogger logger, string cluster, EndpointState endpoint, string reason);

    [LoggerMessage(1207, LogLevel.Information, "{Cluster}: {Endpoint} serves again by its gRPC health check.", EventName = "EndpointServesAgain")]
    private static partial void ServesAgain(ILogger logger, string cluster, EndpointState endpoint);
}
