using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using MeshClient.Endpoints;
using MeshClient.Resilience;

namespace MeshClient.Grpc;

/// <summary>What the answer to a gRPC call says. The status stands in the headers where there is nothing else to say (trailers-only), else behind the body.</summary>
internal static class GrpcAnswer
{
    public const string StatusHeader = "grpc-status";

    public const string PushbackHeader = "grpc-retry-pushback-ms";

    /// <summary>The status among headers or trailers; null = it is not there.</summary>
    public static StatusCode? StatusOf(HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues(StatusHeader, out var values) ? GrpcCode.Parse(values.ToString()) : null;

    /// <summary>The status that the headers of an answer settle: their own, or the one that stands for what no gRPC server says; null = it comes later.</summary>
    public static StatusCode? StatusInHeaders(HttpResponseMessage response) => StatusOf(response.Headers)
        ?? (response.StatusCode == HttpStatusCode.OK && GrpcRequest.IsAnswer(response) ? null : GrpcCode.OfHttp((int)response.StatusCode));

    /// <summary>What the headers of an answer say of the endpoint, and whether the call may be made again.</summary>
    public static (Outcome Outcome, Resend Resend) Judge(HttpResponseMessage response, GrpcOptions options)
    {
        var http = (int)response.StatusCode;
        if (http == 200 && !GrpcRequest.IsAnswer(response))
            return (Outcome.ServerError, Resend.No);
        // It counts whatever HTTP says beside it; HTTP's status stands in for it only where it is missing (gRPC, "HTTP to gRPC status code mapping").
        if (StatusOf(response.Headers) is { } status)
            return (GrpcCode.OutcomeOf(status), status != StatusCode.OK && options.IsRetried(status) ? Resend.IfRepeatable : Resend.No);
        if (http == 200)
            return (Outcome.Success, Resend.No);
        // No gRPC server speaks so: something before it does, and the statuses that stand for UNAVAILABLE are treated as it is. One that is good elsewhere, such as a
        // redirect, is here an answer without a status.
        var outcome = http < 400 ? Outcome.ServerError : FailureClassifier.Of(http);
        return (outcome, FailureClassifier.IsRetryable(outcome) && options.IsRetried(StatusCode.Unavailable) ? Resend.IfRepeatable : Resend.No);
    }

    /// <summary>What the end of the body says of the endpoint. Without a status the server broke off.</summary>
    public static Outcome JudgeEnd(HttpResponseMessage response) =>
        StatusOf(response.TrailingHeaders) is { } status ? GrpcCode.OutcomeOf(status) : Outcome.ServerError;

    /// <summary>How long the server asks to wait before the call is made again (gRPC A6).</summary>
    /// <param name="response">The answer.</param>
    /// <param name="wait">The wait; null = not at all: the call must not be made again.</param>
    /// <returns>False = the server says nothing of it.</returns>
    public static bool TryGetPushback(HttpResponseMessage response, out TimeSpan? wait)
    {
        wait = null;
        if (!response.Headers.NonValidated.TryGetValues(PushbackHeader, out var values))
            return false;
        if (int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            wait = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }
}
