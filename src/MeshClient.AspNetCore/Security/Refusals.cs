using System.Net;
using MeshClient.Primitives;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>Counts each refused connection and logs its reason, each kind from each address once in a while.</summary>
internal sealed class Refusals(InboundMetrics metrics, TimeProvider time, ILogger<ConnectionGate> logger)
{
    /// <summary>How long a message of one kind is not said again.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly LogThrottle _throttle = new(time, Interval);

    public void Refuse(BaseConnectionContext connection, string kind, string reason)
    {
        metrics.Connection(kind);
        var address = Address(connection.RemoteEndPoint);
        if (_throttle.Passes($"{kind} {address}", out var heldBack))
            logger.ConnectionRefused(address, connection.LocalEndPoint?.ToString() ?? "this server", heldBack, reason);
    }

    private static string Address(EndPoint? remote) => (remote as IPEndPoint)?.Address.ToString() ?? remote?.ToString() ?? "an unknown address";
}
