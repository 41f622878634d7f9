using MeshClient.AspNetCore.Inbound;
using MeshClient.Consul.Registration;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Registration;

/// <summary>Keeps a deregistered server at work until its callers have gone elsewhere.</summary>
[LogEvents(typeof(RequestDrain), 1420, 1429)]
internal sealed partial class RequestDrain(InboundRequests requests, ILogger<RequestDrain> logger) : IDrain
{
    public void Begin() => requests.BeginDrain();

    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        LogBegin(logger, limit.TotalSeconds);
        var left = await requests.DrainAsync(limit, cancellationToken).ConfigureAwait(false);
        if (left > 0)
            LogLeft(logger, left, limit.TotalSeconds);
    }

    [LoggerMessage(1420, LogLevel.Information, "The server goes on for at most {Seconds:0.#} s while its callers turn to other instances.",
        EventName = "DrainBegan")]
    private static partial void LogBegin(ILogger logger, double seconds);

    [LoggerMessage(1421, LogLevel.Warning, "{Count} requests are still in flight after {Seconds:0.#} s of draining (Mesh:Service:Drain); the server stops now.",
        EventName = "DrainIncomplete")]
    private static partial void LogLeft(ILogger logger, int count, double seconds);
}
