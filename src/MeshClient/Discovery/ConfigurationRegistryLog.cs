using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery;

[LogEvents(typeof(ConfigurationRegistry), 1010, 1019)]
internal static partial class ConfigurationRegistryLog
{
    [LoggerMessage(1010, LogLevel.Error, "The configured endpoints were changed to something that cannot be used; the ones before serve on. {Errors}",
        EventName = "ConfiguredEndpointsRefused")]
    public static partial void ConfiguredEndpointsRefused(this ILogger logger, string errors);
}
