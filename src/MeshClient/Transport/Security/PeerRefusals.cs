using MeshClient.Identity;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Transport.Security;

/// <summary>Logs why mutual TLS with a peer did not come to be, or not as the application set it, each kind once in a while. Calls say the first as well, each to its own caller.</summary>
[LogEvents(typeof(PeerRefusals), 1680, 1689)]
internal sealed partial class PeerRefusals(TimeProvider time, ILogger<PeerRefusals> logger)
{
    /// <summary>How long a message of one kind is not said again.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly LogThrottle _throttle = new(time, Interval);

    /// <summary>Says what a failed call tells of the peer; nothing, where that is not about mutual TLS.</summary>
    /// <param name="service">The service that was called.</param>
    /// <param name="endpoint">Its instance.</param>
    /// <param name="error">What the transport threw.</param>
    public void Tell(ServiceName service, Endpoint endpoint, Exception error)
    {
        if (Causes.Find<PeerDeniedException>(error) is { } denied)
        {
            if (_throttle.Passes($"denied {endpoint}", out var heldBack))
                LogDenied(logger, service, endpoint, heldBack, denied.Message);
        }
        else if (Reason(error) is var (kind, reason) && _throttle.Passes($"{kind} {endpoint}", out var heldBack))
            LogRefused(logger, service, endpoint, heldBack, reason);
    }

    /// <summary>Says that a setting of the application's own is not used.</summary>
    public void TellOwnTls(ServiceName service, string setting)
    {
        if (_throttle.Passes($"{setting} {service}", out _))
            LogOwnTls(logger, service, setting);
    }

    private static (string Kind, string Reason)? Reason(Exception error) => Causes.Find<MeshIdentityException>(error) switch
    {
        // That this process has no valid certificate is said where it is kept, once.
        { IsOwn: true } => null,
        { } refused => (refused.Verdict.ToString(), refused.Message),
        _ => error switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                ("handshake", $"Expected a TLS handshake (1.2 or newer) with a certificate of the mesh, found one that failed: {error.GetBaseException().Message}"),
            // The transport's own limit, which holds for both: from here they look the same.
            OperationCanceledException { InnerException: TimeoutException } =>
                ("timeout", "Expected a connection and a TLS handshake within Transport:ConnectTimeout, found no end of them."),
            _ => null,
        },
    };

    [LoggerMessage(1680, LogLevel.Warning,
        "{Service}: a connection to {Endpoint} was given up; {HeldBack} more of the kind since it was last said. {Reason}", EventName = "PeerRefused")]
    private static partial void LogRefused(ILogger logger, ServiceName service, Endpoint endpoint, int heldBack, string reason);

    [LoggerMessage(1681, LogLevel.Warning,
        "{Service}: {Endpoint} refused this process; {HeldBack} more of the kind since it was last said. {Reason}", EventName = "DeniedByPeer")]
    private static partial void LogDenied(ILogger logger, ServiceName service, Endpoint endpoint, int heldBack, string reason);

    [LoggerMessage(1682, LogLevel.Warning,
        "{Service}: {Setting} is set for its transports, but they speak mutual TLS, which sets it itself: what was set has no effect. Set it for transports in plain text only.",
        EventName = "OwnTlsIgnored")]
    private static partial void LogOwnTls(ILogger logger, ServiceName service, string setting);
}
