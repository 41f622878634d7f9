using MeshClient.Endpoints;

namespace MeshClient.Resilience;

/// <summary>How one attempt ended, to its headers.</summary>
/// <param name="Response">The answer; null = <paramref name="Error"/> says why there is none.</param>
/// <param name="Error">What the transport threw.</param>
/// <param name="Endpoint">The endpoint it went to; null = there was none to go to.</param>
/// <param name="Outcome">What that says of the endpoint.</param>
/// <param name="Elapsed">The time from its start.</param>
internal readonly record struct AttemptResult(HttpResponseMessage? Response, Exception? Error, EndpointState? Endpoint, Outcome Outcome, TimeSpan Elapsed)
{
    /// <summary>Under which condition the request may be sent again.</summary>
    public Resend Resend { get; init; } = FailureClassifier.ResendOf(Outcome);

    /// <summary>Whether another endpoint may do better.</summary>
    public bool IsRetryable => Resend != Resend.No;

    /// <summary>An attempt that could not be made: no byte has left and no endpoint is to blame.</summary>
    public static AttemptResult NotSent(Exception error) => new(null, error, null, Outcome.Cancelled, TimeSpan.Zero);
}
