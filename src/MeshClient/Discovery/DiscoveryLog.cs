using MeshClient.Model;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery;

[LogEvents(typeof(ServiceWatches), 1000, 1009)]
internal static partial class DiscoveryLog
{
    [LoggerMessage(1000, LogLevel.Warning, "Discovery of {Service} is in trouble; what was known last ({Count} instances) serves on. {Trouble}",
        EventName = "DiscoveryTroubleBegan")]
    public static partial void TroubleBegan(this ILogger logger, ServiceName service, int count, string trouble);

    [LoggerMessage(1001, LogLevel.Debug, "Discovery of {Service} is still in trouble. {Trouble}", EventName = "DiscoveryTroubleGoesOn")]
    public static partial void TroubleGoesOn(this ILogger logger, ServiceName service, string trouble);

    [LoggerMessage(1002, LogLevel.Information, "Discovery of {Service} works again: {Count} instances.", EventName = "DiscoveryRecovered")]
    public static partial void Recovered(this ILogger logger, ServiceName service, int count);

    [LoggerMessage(1003, LogLevel.Error, "A reader of the instances of {Service} threw; the watch goes on.", EventName = "DiscoveryReaderFailed")]
    public static partial void ReaderFailed(this ILogger logger, Exception exception, ServiceName service);
}
