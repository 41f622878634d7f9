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
