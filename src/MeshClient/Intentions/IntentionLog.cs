using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Intentions;

/// <summary>What is said of the intentions and of the callers that they keep out.</summary>
[LogEvents(typeof(IntentionKeeper), 1640, 1679)]
internal static partial class IntentionLog
{
    [LoggerMessage(1640, LogLevel.Information, "{Count} intentions decide who may call {Service}; where none does, the default is to {Default}.",
        EventName = "IntentionsInForce")]
    public static partial void InForce(this ILogger logger, int count, string service, string @default);

    [LoggerMessage(1641, LogLevel.Warning, "The intentions cannot be read; {InUse}. {Reason}", EventName = "IntentionSourceTrouble")]
    public static partial void SourceInTrouble(this ILogger logger, string inUse, string reason);

    [LoggerMessage(1642, LogLevel.Debug, "The intentions still cannot be read. {Reason}", EventName = "IntentionSourceStillInTrouble")]
    public static partial void SourceStillInTrouble(this ILogger logger, string reason);

    [LoggerMessage(1643, LogLevel.Information, "The intentions can be read again.", EventName = "IntentionSourceRecovered")]
    public static partial void SourceRecovered(this ILogger logger);

    [LoggerMessage(1644, LogLevel.Warning, "The intention {Rule} cannot be understood and denies what comes to it. {Reason}", EventName = "IntentionNotUnderstood")]
    public static partial void NotUnderstood(this ILogger logger, string rule, string reason);

    [LoggerMessage(1645, LogLevel.Warning, "{Method} {Path} from {Address} was denied; {HeldBack} more of the kind since it was last said. {Reason}",
        EventName = "RequestDenied")]
    public static partial void RequestDenied(this ILogger logger, string method, string path, string address, int heldBack, string reason);

    [LoggerMessage(1646, LogLevel.Warning,
        "{Method} {Path} from {Address} would be denied if Mesh:Security:DryRun were off; {HeldBack} more of the kind since it was last said. {Reason}",
        EventName = "RequestWouldBeDenied")]
    public static partial void RequestWouldBeDenied(this ILogger logger, string method, string path, string address, int heldBack, string reason);

    [LoggerMessage(1647, LogLevel.Error, "A part of the mesh could not take over the changed intentions and goes on as before.", EventName = "IntentionReaderFailed")]
    public static partial void ReaderFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1648, LogLevel.Warning,
        "Consul's agent does not tell what holds where no intention to {Service} decides; a token with agent:read would be told. The servers are asked in its place, and "
        + "where an intention for * would answer them, the default is taken to be deny.", EventName = "IntentionDefaultUntold")]
    public static partial void DefaultUntold(this ILogger logger, string service);
}
