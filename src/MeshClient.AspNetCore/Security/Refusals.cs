using System.Collections.Concurrent;
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

    // One a kind: whoever fills one with addresses must not hide the other kinds.
    private readonly ConcurrentDictionary<string, LogThrottle> _throttles = new(StringComparer.Ordinal);

    public void Refuse(BaseConnectionContext connection, string kind, string reason)
    {
        metrics.Connection(kind);
        var address = Address(connection.RemoteEndPoint);
        if (_throttles.GetOrAdd(kind, static (_, time) => new LogThrottle(time, Interval), time).Passes(address, out var heldBack))
            logger.ConnectionRefused(address, connection.LocalEndPoint?.ToString() ?? "this server", heldBack, reason);
    }

    private static string Address(EndPoint? remote) => (remote as IPEndPoint)?.Address.ToString() ?? remote?.ToString() ?? "an unknown address";
}
