using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Identity;

/// <summary>What is said of the process's identity. Private keys appear nowhere.</summary>
[LogEvents(typeof(IdentityKeeper), 1600, 1639)]
internal static partial class IdentityLog
{
    [LoggerMessage(1600, LogLevel.Information, "This process is {Id} until {NotAfter:u}; {Roots} roots are trusted.", EventName = "LeafInForce")]
    public static partial void LeafInForce(this ILogger logger, SpiffeId id, DateTime notAfter, int roots);

    [LoggerMessage(1601, LogLevel.Information, "The trust bundle of {TrustDomain} has changed: {Roots} roots are trusted.", EventName = "TrustBundleInForce")]
    public static partial void BundleInForce(this ILogger logger, string trustDomain, int roots);

    [LoggerMessage(1602, LogLevel.Warning, "The identity cannot be read; {InUse}. {Reason}", EventName = "IdentitySourceTrouble")]
    public static partial void SourceInTrouble(this ILogger logger, string inUse, string reason);

    [LoggerMessage(1603, LogLevel.Debug, "The identity still cannot be read. {Reason}", EventName = "IdentitySourceStillInTrouble")]
    public static partial void SourceStillInTrouble(this ILogger logger, string reason);

    [LoggerMessage(1604, LogLevel.Information, "The identity can be read again.", EventName = "IdentitySourceRecovered")]
    public static partial void SourceRecovered(this ILogger logger);

    [LoggerMessage(1605, LogLevel.Warning, "The certificate of {Id} expires at {NotAfter:u} and has not been renewed. {Reason}", EventName = "LeafNearExpiry")]
    public static partial void LeafNearExpiry(this ILogger logger, SpiffeId id, DateTime notAfter, string reason);

    [LoggerMessage(1606, LogLevel.Error, "The certificate of {Id} expired at {NotAfter:u}: no connection can be made or taken until there is a new one.",
        EventName = "LeafExpired")]
    public static partial void LeafExpired(this ILogger logger, SpiffeId id, DateTime notAfter);

    [LoggerMessage(1607, LogLevel.Error, "A part of the mesh could not take over the new identity and goes on as before.", EventName = "IdentityReaderFailed")]
    public static partial void ReaderFailed(this ILogger logger, Exception exception);
}
