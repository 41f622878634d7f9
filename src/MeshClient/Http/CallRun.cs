using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Telemetry;

namespace MeshClient.Http;

/// <summary>The way of a call that is not the plain one: see <see cref="CallPipeline"/> for the order.</summary>
internal static class CallRun
{
    /// <summary>Runs a call from its start.</summary>
    public static async Task<HttpResponseMessage> RunAsync(Call call)
    {
        var cluster = call.Cluster;
        var report = call.Settings?.Report ?? new CallReport();
        report.Begin(cluster.Name, isHop: call.Redirects is null);
        var target = new CalledTarget(cluster.Name, call.Request.Method, call.Request.RequestUri!);
        var rpc = GrpcCallWatch.Begin(call, target);
        var span = call.IsGrpc ? null : CallTelemetry.StartCall(target);
        HttpResponseMessage? response = null;
        Exception? error = null;
        try
        {
            await WaitUntilKnownAsync(call).ConfigureAwait(false);
            var tried = new TriedEndpoints();
            var result = call is { CanResend: true, CanRetry: true, IsAsync: true, RequiresEndpoint: false } && cluster.Options.Hedging.IsEnabled
                ? await Hedge.RunAsync(call, tried, report).ConfigureAwait(false)
                : await AttemptAsync(call, call.Request, tried, report, isHedge: false).ConfigureAwait(false);
            response = await FinishAsync(call, result, tried, report).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            error = thrown;
            CallLog.Failed(call, report, thrown);
            throw;
        }
        finally
        {
            cluster.Telemetry.EndCall(
                span, target, new CallVerdict((int?)response?.StatusCode, error), TagValue.Of(report.End), report.Count, cluster.Time.Now() - call.Start);
            rpc?.Answered(response, error, report);
        }
        return call.Redirects is { } redirects && Redirects.IsRedirect(response.StatusCode)
            ? await redirects.FollowAsync(call, response).ConfigureAwait(false)
            : response;
    }

    /// <summary>Goes on with a call whose first attempt is under way.</summary>
    public static async Task<HttpResponseMessage> ContinueAsync(Call call, Attempt attempt, Task<HttpResponseMessage> sending, uint addedHeaders)
    {
        // Most calls come this way: they are spared a task around this one for their errors.
        try
        {
            AttemptResult result;
            try
            {
                attempt.Attach(call.Caller, sending);
                result = attempt.Answered(call.Request, await sending.ConfigureAwait(false));
            }
            catch (Exception error)
            {
                result = attempt.Failed(error);
            }
            RequestHeaders.Restore(call.Request, addedHeaders);
            if (result.Response is not { } response || result.IsRetryable)
                response = await FinishPlainAsync(call, result).ConfigureAwait(false);
            return call.Redirects is { } redirects && Redirects.IsRedirect(response.StatusCode)
                ? await redirects.FollowAsync(call, response).ConfigureAwait(false)
                : response;
        }
        catch (Exception error) when (call.TellsByGrpc && GrpcErrors.IsForeign(error))
        {
            throw GrpcErrors.Of(error);
        }
    }

    /// <summary>Goes on with a call whose first attempt has ended.</summary>
    public static async Task<HttpResponseMessage> ContinueAsync(Call call, AttemptResult result)
    {
        var response = await FinishPlainAsync(call, result).ConfigureAwait(false);
        return call.Redirects is { } redirects && Redirects.IsRedirect(response.StatusCode)
            ? await redirects.FollowAsync(call, response).ConfigureAwait(false)
            : response;
    }

    /// <summary>Makes one attempt, away from the endpoints tried before. Throws only what says that there can be none.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The call's own request or, for attempts beside each other, a copy.</param>
    /// <param name="tried">The endpoints tried before; takes in the attempt's.</param>
    /// <param name="report">Takes in the attempt.</param>
    /// <param name="isHedge">Whether it is sent beside an attempt that has not been answered.</param>
    /// <param name="chosen">Told where it goes, before it is sent.</param>
    /// <exception cref="MeshUnavailableException">There is no endpoint, or no place under the limits.</exception>
    public static async ValueTask<AttemptResult> AttemptAsync(
        Call call, HttpRequestMessage request, TriedEndpoints tried, CallReport report, bool isHedge, Action<EndpointState>? chosen = null)
    {
        var cluster = call.Cluster;
        var now = cluster.Time.Now();
        if (call.Deadline.HasPassed(now))
            return AttemptResult.NotSent(new TimeoutException("The deadline had passed before the attempt began."));
        var resends = tried.Count;
        var attempt = cluster.Limiter is { } limiter
            ? await LimitedAttempt.BeginAsync(call, limiter, tried, mayWait: !isHedge).ConfigureAwait(false)
            : EndpointChoice.Of(call, tried.Span) is { } endpoint ? Attempt.Begin(call, endpoint, isLimited: false, now) : throw CallErrors.Unavailable(call);
        tried.Add(attempt.Endpoint);

        var to = attempt.Endpoint.Endpoint;
        var target = new CalledTarget(cluster.Name, request.Method, request.RequestUri!);
        var peer = new CalledPeer(to.Host, to.Port, isHedge);
        System.Diagnostics.Activity? span = null;
        uint added = 0;
        AttemptResult result;
        // From the claim on nothing may leave without ending it, be it a listener or a logger of the application's that throws.
        try
        {
            chosen?.Invoke(attempt.Endpoint);
            span = CallTelemetry.StartAttempt(target, peer, resends);
            if (call.IsGrpc && resends > 0)
                GrpcRequest.SetPreviousAttempts(request, resends);
            var sending = attempt.Send(call, request, out added);
            attempt.Attach(call.Caller, sending);
            result = attempt.Answered(call.Request, await sending.ConfigureAwait(false));
        }
        catch (Exception error)
        {
            result = attempt.Failed(error);
        }
        RequestHeaders.Restore(request, added);
        if (call.IsGrpc && resends > 0)
            GrpcRequest.SetPreviousAttempts(request, 0);
        var verdict = new CallVerdict((int?)result.Response?.StatusCode, result.Error, IsSuperseded: tried.IsDecided && result.Outcome == Outcome.Cancelled);
        cluster.Telemetry.EndAttempt(span, target, peer, verdict, result.Response?.Version, TagValue.Of(result.Outcome));
        report.Add(result, isHedge);
        return result;
    }

    private static async ValueTask<HttpResponseMessage> FinishPlainAsync(Call call, AttemptResult result)
    {
        var report = new CallReport();
        report.Begin(call.Cluster.Name, isHop: false);
        report.Add(result, isHedge: false);
        var tried = new TriedEndpoints();
        if (result.Endpoint is { } endpoint)
            tried.Add(endpoint);
        try
        {
            return await FinishAsync(call, result, tried, report).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            CallLog.Failed(call, report, error);
            throw;
        }
    }

    private static async ValueTask<HttpResponseMessage> FinishAsync(Call call, AttemptResult result, TriedEndpoints tried, CallReport report)
    {
        var retries = new CallRetries(call, result, tried, report);
        if (result.IsRetryable && call.CanRetry)
        {
            try
            {
                result = await call.Cluster.Retries!.RunAsync(retries, call.Caller).ConfigureAwait(false);
            }
            catch
            {
                // The caller has cancelled: nobody takes the answer there is.
                ReleaseStream(call);
                result.Response?.Dispose();
                throw;
            }
        }
        ReleaseStream(call);
        report.Ended(result.Endpoint?.Endpoint, retries.End(result));
        if (retries.LastIsSpent)
            throw CallErrors.Cancelled(call, result.Error);
        if (result.Response is not { } response)
            throw CallErrors.Final(call, result, report.Count);
        if (response.Content is Attempt attempt)
            attempt.Report = report;
        return response;
    }

    // Strategies of the application may yet make the call again: they end later.
    private static void ReleaseStream(in Call call)
    {
        if (call.Cluster.Strategies is null)
            call.Stream?.Commit();
    }

    private static async ValueTask WaitUntilKnownAsync(Call call)
    {
        var cluster = call.Cluster;
        if (cluster is { IsKnown: true, HasIdentity: true })
            return;
        var limit = call.Deadline.Clamp(cluster.FirstSnapshotTimeout, call.Start);
        if (limit <= TimeSpan.Zero)
            return;
        if (!await cluster.WaitUntilKnownAsync(limit, call.Caller).ConfigureAwait(false))
            throw CallErrors.NotKnownYet(cluster, limit);
        // Without one the transport says what is missing.
        var left = limit - (cluster.Time.Now() - call.Start);
        if (!cluster.HasIdentity && left > TimeSpan.Zero)
            await cluster.WaitForIdentityAsync(left, call.Caller).ConfigureAwait(false);
    }
}
