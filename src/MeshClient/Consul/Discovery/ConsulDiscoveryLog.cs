using MeshClient.Model;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Discovery;

[LogEvents(typeof(ConsulRegistry), 1020, 1039)]
internal static partial class ConsulDiscoveryLog
{
    [LoggerMessage(1020, LogLevel.Warning,
        "More than {MaxWatches} services are watched: {Service} and later ones are read every {Interval} until a watch ends. "
        + "Raise Mesh:Consul:MaxWatches together with the agent's limits.http_max_conns_per_client to watch them all.",
        EventName = "WatchLimitReached")]
    public static partial void WatchLimit(this ILogger logger, int maxWatches, ServiceName service, TimeSpan interval);

    [LoggerMessage(1021, LogLevel.Warning,
        "Consul was restarted and has lost {Count} instances of {Service}: they are used for up to {Grace} more, until they register again.",
        EventName = "InstancesHeldAfterRestart")]
    public static partial void HoldingAfterRestart(this ILogger logger, ServiceName service, int count, TimeSpan grace);
}
