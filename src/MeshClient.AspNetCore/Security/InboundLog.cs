using MeshClient.Consul.Registration;
using MeshClient.Identity;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>What is said of the mesh's endpoints and of whom they refuse.</summary>
[LogEvents(typeof(ConnectionGate), 1440, 1479)]
internal static partial class InboundLog
{
    [LoggerMessage(1440, LogLevel.Warning,
        "A connection from {Address} to {Endpoint} was refused; {HeldBack} more of the kind since it was last said. {Reason}", EventName = "ConnectionRefused")]
    public static partial void ConnectionRefused(this ILogger logger, string address, string endpoint, int heldBack, string reason);

    [LoggerMessage(1441, LogLevel.Warning,
        "{Address} calls in plain text ({HeldBack} more calls since it was last said). Mesh:Security:Mode is Permissive; Strict would refuse it.",
        EventName = "PlainTextServed")]
    public static partial void PlainTextServed(this ILogger logger, string address, int heldBack);

    [LoggerMessage(1442, LogLevel.Information, "Mutual TLS ({Mode}) is asked for on {Endpoints}; the mesh leaves alone: {LeftAlone}.",
        EventName = "EndpointsSecured")]
    public static partial void EndpointsSecured(this ILogger logger, SecurityMode mode, string endpoints, string leftAlone);

    [LoggerMessage(1443, LogLevel.Warning, "The server starts without {What}, and refuses its callers until that has come. {Reason}", EventName = "StartedUnready")]
    public static partial void StartedUnready(this ILogger logger, string what, string reason);

    [LoggerMessage(1444, LogLevel.Error,
        "A request was refused, since its connection came past the mesh: the server is not Kestrel, or the endpoint was made without the mesh. With "
        + "ConfigureEndpointDefaults of your own, call listen.UseMesh() in it; under a test server set Mesh:Security:Mode to Off.", EventName = "ConnectionUnguarded")]
    public static partial void ConnectionUnguarded(this ILogger logger);

    [LoggerMessage(1445, LogLevel.Information, "The connection of {Id} ends, since its certificate, or one that stands behind it, was valid until {NotAfter:u}.", EventName = "CallerExpired")]
    public static partial void CallerExpired(this ILogger logger, SpiffeId? id, DateTime notAfter);

    [LoggerMessage(1446, LogLevel.Warning, "A running request was ended by a change of the intentions; {HeldBack} more of the kind since it was last said. {Reason}",
        EventName = "RunningRequestEnded")]
    public static partial void RunningRequestEnded(this ILogger logger, int heldBack, string reason);

    [LoggerMessage(1447, LogLevel.Warning, "This instance is not registered in Consul before {What} has come: it would refuse its callers. {Reason}",
        EventName = "RegistrationHeld")]
    public static partial void RegistrationHeld(this ILogger logger, string what, string reason);

    [LoggerMessage(1448, LogLevel.Warning,
        "Consul's agent makes the check of this instance ({Type}) in plain text on an endpoint of the mesh, as a caller that no intention names: a default of deny "
        + "refuses it, and so does Strict. Set Mesh:Service:Check:Port to the port of a plain endpoint under Mesh:Inbound:ExcludedEndpoints, or Mesh:Service:Check:Type to Ttl.",
        EventName = "CheckOnMeshEndpoint")]
    public static partial void CheckOnMeshEndpoint(this ILogger logger, ServiceCheckType type);
}
