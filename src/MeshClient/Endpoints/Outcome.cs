namespace MeshClient.Endpoints;

/// <summary>How an attempt ended, as far as the endpoint's health is concerned.</summary>
internal enum Outcome : byte
{
    /// <summary>A response that blames nobody: below 400.</summary>
    Success,

    /// <summary>A response that blames the caller, 4xx: for the endpoint's health a success.</summary>
    ClientError,

    /// <summary>A 502, 503 or 504: something in front of the application answers for it.</summary>
    GatewayFailure,

    /// <summary>Any other 5xx.</summary>
    ServerError,

    /// <summary>No connection could be made.</summary>
    ConnectFailure,

    /// <summary>The connection was lost after it was made.</summary>
    TransportFailure,

    /// <summary>No answer in the time an attempt has.</summary>
    Timeout,

    /// <summary>The caller gave up: no failure of the endpoint, and no success.</summary>
    Cancelled,

    /// <summary>A 429: a reason to send it less, none to eject it.</summary>
    Overloaded,

    /// <summary>It refused this process by an alert of TLS: by an intention that all of the service go by, or for a fault of its own, such as roots that are behind. A reason to send it less, none to eject it.</summary>
    Denied,
}

/// <summary>What the measures make of each outcome, in one place.</summary>
internal static class Outcomes
{
    /// <summary>Whether the endpoint answered as it should.</summary>
    public static bool IsSuccess(this Outcome outcome) => outcome <= Outcome.ClientError;

    /// <summary>Whether it speaks against the endpoint's health.</summary>
    public static bool IsFailure(this Outcome outcome) => outcome is >= Outcome.GatewayFailure and <= Outcome.Timeout;

    /// <summary>Whether it should make the endpoint look busier than it is.</summary>
    public static bool IsPenalised(this Outcome outcome) => outcome.IsFailure() || outcome is Outcome.Overloaded or Outcome.Denied;

    /// <summary>Whether the application itself was not heard. Failures seen on this side count like a gateway's, as in Envoy's default mode.</summary>
    public static bool IsGatewayFailure(this Outcome outcome) => outcome.IsFailure() && outcome != Outcome.ServerError;
}
