using MeshClient.Endpoints;
using Microsoft.Extensions.Logging;

namespace MeshClient.Clusters;

// What is said of health watches.
internal static partial class ClusterLog
{
    /// <summary>Says that an endpoint's health has changed.</summary>
    public static void Changed(ILogger logger, string cluster, EndpointState endpoint, bool isServing, string reason)
    {
        if (isServing)
            ServesAgain(logger, cluster, endpoint);
        else
            NotServing(logger, cluster, endpoint, reason);
    }

    [LoggerMessage(
        1206, LogLevel.Warning, "{Cluster}: {Endpoint} does not serve by its gRPC health check and gets no calls while others do: {Reason}.", EventName = "EndpointNotServing")]
    private static partial void NotServing(ILogger logger, string cluster, EndpointState endpoint, string reason);

    [LoggerMessage(1207, LogLevel.Information, "{Cluster}: {Endpoint} serves again by its gRPC health check.", EventName = "EndpointServesAgain")]
    private static partial void ServesAgain(ILogger logger, string cluster, EndpointState endpoint);
}
