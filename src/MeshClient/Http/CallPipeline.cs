using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// The way of one call to a service of the mesh. Top = first seen:
/// <code>
/// per call     strategies     the application's own (AddResilience): around everything, so that each of their tries is a whole call
///              span           above all of the mesh: retries and waits belong to one logical call
///              deadline       the earliest of the inbound call's and this one's: no attempt may outlive its caller
///              total timeout  above the retries, so that their waits count
///              hedge, retry   budgeted; above the pick, so that each attempt may choose another endpoint
/// per attempt  limits         below the retries, so that a retry queues like anyone else
///              span
///              attempt timeout
///              pick, lease    the last choice before the wire, on the freshest load
///              transport      bound to the one endpoint
/// </code>
/// What cannot act is not in the path: a call to a service without limits and hedges, that nobody listens to and that asks for nothing, goes straight
/// from the deadline to the pick, and one whose answer comes at once costs no task of its own. The first attempt runs before the retry
/// strategy is entered, and most calls end there.
/// </summary>
internal static class CallPipeline
{
    /// <summary>Sends a request to a cluster.</summary>
    /// <param name="cluster">The target.</param>
    /// <param name="request">The request; its URL keeps the logical name.</param>
    /// <param name="isAsync">False = block for every wait, for the synchronous <c>Send</c>.</param>
    /// <param name="notAfter">The deadline of what the call is a part of, such as a chain of redirects.</param>
    /// <param name="redirects">Follows the redirects of the answer; null = nobody does.</param>
    /// <param name="caller">Cancels the call.</param>
    public static Task<HttpResponseMessage> SendAsync(
        Cluster cluster, HttpRequestMessage request, bool isAsync, Deadline notAfter, MeshHandler? redirects, CancellationToken caller)
    {
        if (request.Content is ReplayContent { CanSend: false })
            return Task.FromException<HttpResponseMessage>(GrpcErrors.StreamIsSpent(cluster.Name));
        var now = cluster.Time.Now();
        var settings = CallSettings.Of(request);
        // A hop to where a redirect leads: what was wished for was meant for the first service.
        if (settings is not null && redirects is null)
            settings = settings with { Wish = null, HashKey = null };
        var inbound = InboundCall.Current;
        var grpc = GrpcRequest.KindOf(request);
        var isGrpc = grpc == GrpcKind.Native;
        var own = settings?.Timeout ?? (isGrpc ? null : cluster.Options.Timeout);
        if (isGrpc && GrpcRequest.Timeout(request) is { } asked && !(own < asked))
            own = asked;
        var timeout = own ?? cluster.Options.Grpc.Timeout ?? TimeSpan.MaxValue;
        var deadline = Deadline.Of(now, timeout, inbound).Or(notAfter);
        var canRepeat = RequestBody.IsRepeatable(request.Content) || (isGrpc && KeepsStream(cluster, request, settings));
        var isIdempotent = settings?.Idempotent ?? (isGrpc ? cluster.Options.Grpc.IsIdempotent(request.RequestUri!) : Idempotency.IsIdempotent(request.Method));
        var call = new Call(cluster, request, now, deadline, inbound, settings, timeout, grpc, canRepeat, isIdempotent && canRepeat && request.Content is not ReplayContent,
            EndsAtHeaders: own is null, isAsync, redirects, caller);
        cluster.Begin(now);
        if (!cluster.IsPlain || settings is not null || deadline.HasPassed(now) || cluster.Telemetry.IsListenedTo)
            return Told(call, CallRun.RunAsync(call));
        return !call.NeedsSecureWire && cluster.Pick(call.PickContext(default)) is { } endpoint ? SendAsync(call, endpoint) : Told(call, CallRun.RunAsync(call));
    }

    // The stream of a request is kept only where it may have to be sent again. Strategies of the application may do so whatever the settings say, and what is not kept
    // must then not go out as if it were whole.
    private static bool KeepsStream(Cluster cluster, HttpRequestMessage request, CallSettings? settings)
    {
        var limit = cluster.Options.Grpc.ReplayBytes;
        if (request.Content is ReplayContent || (cluster.Strategies is null && (limit <= 0 || cluster.Retries is null || settings is { NoRetry: true })))
            return false;
        request.Content = new ReplayContent(request.Content!, limit, cluster.Replays);
        return true;
    }

    private static Task<HttpResponseMessage> SendAsync(in Call call, EndpointState endpoint)
    {
        var attempt = Attempt.Begin(call, endpoint, isLimited: false, call.Start);
        var sending = attempt.Send(call, call.Request, out var added);
        if (!sending.IsCompletedSuccessfully || sending.Result is null)
            return CallRun.ContinueAsync(call, attempt, sending, added);
        RequestHeaders.Restore(call.Request, added);
        AttemptResult result;
        try
        {
            result = attempt.Answered(call.Request, sending.Result);
        }
        catch (Exception error)
        {
            return Told(call, CallRun.ContinueAsync(call, attempt.Failed(error)));
        }
        if (result.IsRetryable || Redirects.IsRedirect(sending.Result.StatusCode))
            return Told(call, CallRun.ContinueAsync(call, result));
        return sending;
    }

    private static Task<HttpResponseMessage> Told(in Call call, Task<HttpResponseMessage> task) =>
        call.TellsByGrpc && !task.IsCompletedSuccessfully ? GrpcErrors.TranslateAsync(task) : task;
}
