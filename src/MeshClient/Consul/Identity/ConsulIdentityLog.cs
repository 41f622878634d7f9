using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Consul.Identity;

[LogEvents(typeof(ConsulIdentitySource), 1690, 1699)]
internal static partial class ConsulIdentityLog
{
    [LoggerMessage(1690, LogLevel.Warning,
        "Consul's agent at {Address} is asked for the private key of {Service} in plain text, which everyone on the way can read. Use an agent on this machine, a Unix socket, or https.",
        EventName = "PrivateKeyInPlainText")]
    public static partial void KeyInPlainText(this ILogger logger, Uri address, string service);
}
