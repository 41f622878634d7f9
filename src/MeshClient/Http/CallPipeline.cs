using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// The way of one call to a service of the mesh. Top = first seen:
/// <code>
/// per call     deadline       the earliest of the inbound call's and this one's: no attempt may outlive its caller
///              total timeout  above the retries, so that their waits count
///              retry          budgeted; above the pick, so that each attempt may choose another endpoint
/// per attempt  attempt timeout
///              pick, lease    the last choice before the wire, on the freshest load
///              transport      bound to the one endpoint
/// </code>
/// The first attempt runs before the retry strategy is entered, and most calls end there: what cannot act is not in the path.
/// </summary>
internal static class CallPipeline
{
    /// <summary>Sends a request to a cluster.</summary>
    /// <param name="cluster">The target.</param>
    /// <param name="request">The request; its URL keeps the logical name.</param>
    /// <param name="isAsync">False = block for every wait, for the synchronous <c>Send</c>.</param>
    /// <param name="notAfter">The deadline of what the call is a part of, such as a chain of redirects.</param>
    /// <param name="caller">Cancels the call.</param>
    public static async ValueTask<HttpResponseMessage> SendAsync(
        Cluster cluster, HttpRequestMessage request, bool isAsync, Deadline notAfter, CancellationToken caller)
    {
        var options = cluster.Options;
        var now = cluster.Time.Now();
        var inbound = InboundCall.Current;
        var call = new Call(
            cluster, request, Deadline.Of(now, options.Timeout, inbound).Or(notAfter), inbound,
            Idempotency.IsIdempotent(request.Method) && RequestBody.IsRepeatable(request.Content), isAsync, caller);
        cluster.Begin(now);
        if (!cluster.IsKnown)
        {
            var limit = call.Deadline.Clamp(cluster.FirstSnapshotTimeout, now);
            if (!await cluster.WaitUntilKnownAsync(limit, caller).ConfigureAwait(false))
                throw CallErrors.NotKnownYet(cluster, limit);
        }

        var result = await TryOnceAsync(call, default).ConfigureAwait(false);
        if (!FailureClassifier.IsRetryable(result.Outcome) || cluster.Retries is not { } retries)
            return result.Response ?? throw CallErrors.Final(call, result, attempts: 1);

        var run = new CallRetries(call, result, options.Retry.MaxAttempts);
        result = await retries.RunAsync(run, caller).ConfigureAwait(false);
        if (run.LastIsSpent)
            throw CallErrors.Cancelled(call, result.Error);
        return result.Response ?? throw CallErrors.Final(call, result, run.Attempts);
    }

    /// <summary>Makes one attempt, away from the endpoints tried before.</summary>
    public static ValueTask<AttemptResult> TryOnceAsync(in Call call, ReadOnlyMemory<EndpointState> tried)
    {
        var cluster = call.Cluster;
        var options = cluster.Options;
        var now = cluster.Time.Now();
        if (call.Deadline.HasPassed(now))
            return new(new AttemptResult(null, new TimeoutException("The deadline had passed before the attempt began."), null, Outcome.Cancelled));
        if (cluster.Pick(tried.Span, call.CanResend && tried.IsEmpty && cluster.Retries is not null) is not { } endpoint)
            return new(new AttemptResult(null, CallErrors.Unavailable(cluster), null, Outcome.Cancelled));

        var limit = options.AttemptTimeout ?? (call.CanResend && options.Retry.MaxAttempts > 1 ? options.Timeout / 2 : options.Timeout);
        var headers = call.Request.Headers;
        headers.Remove(MeshHeaders.Timeout);
        headers.TryAddWithoutValidation(MeshHeaders.Timeout, GrpcTimeout.Format(call.Deadline.Left(now)));
        return Attempt.RunAsync(cluster, endpoint, call.Request, call.Deadline.Clamp(limit, now), call.IsAsync, call.Caller);
    }
}
