namespace MeshClient.OutlierDetection;

/// <summary>Why an endpoint was ejected.</summary>
public enum EjectionReason
{
    /// <summary>It did not answer several times in a row.</summary>
    ConnectFailures,

    /// <summary>Its application was not heard several times in a row.</summary>
    ConsecutiveGatewayFailures,

    /// <summary>It failed several times in a row.</summary>
    Consecutive5xx,

    /// <summary>Too few of its calls of the last 10 s succeeded, and far fewer than the others'.</summary>
    SuccessRate,

    /// <summary>It failed when it was back from an ejection.</summary>
    FailedProbation,
}

/// <summary>The reasons as signals state them.</summary>
internal static class EjectionReasons
{
    /// <summary>The value of the tag <c>mesh.ejection.reason</c>: it stays when the enumeration's name changes.</summary>
    public static string TagValue(this EjectionReason reason) => reason switch
    {
        EjectionReason.ConnectFailures => "connect_failures",
        EjectionReason.ConsecutiveGatewayFailures => "consecutive_gateway_failures",
        EjectionReason.Consecutive5xx => "consecutive_5xx",
        EjectionReason.SuccessRate => "success_rate",
        EjectionReason.FailedProbation => "failed_probation",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Expected a reason of the enumeration."),
    };
}
