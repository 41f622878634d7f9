using MeshClient.Grpc;
using MeshClient.Http;
using MeshClient.Identity;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>
/// The first to see a request: counts it for the drain, takes its deadline from the header, cancels the work when nobody awaits it any more,
/// and tells the caller when retrying would be of no use.
/// </summary>
[LogEvents(typeof(InboundMiddleware), 1400, 1409)]
internal sealed partial class InboundMiddleware(RequestDelegate next, InboundRequests requests, TimeProvider time, ILogger<InboundMiddleware> logger)
{
    // What is longer is no limit anyone waits for, and more than a timer takes.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    // gRPC's own server has a timer for the same deadline, which must ring first: it knows how to end a stream. What runs before it or in its place ends by this one.
    private static readonly TimeSpan s_grpcsOwn = TimeSpan.FromMilliseconds(100);

    private readonly LogThrottle _unreadable = new(time, TimeSpan.FromSeconds(10));

    public async Task InvokeAsync(HttpContext context)
    {
        var now = time.Now();
        var isGrpc = GrpcRequest.IsMediaType(context.Request.ContentType);
        var isWork = !isGrpc || !StandingStreams.Contains(context.Request.Path);
        if (isWork)
            requests.Begin(now);
        var headers = context.Request.Headers;
        var left = TimeLeft(headers[MeshHeaders.Timeout]);
        if (isGrpc && TimeLeft(headers[GrpcRequest.TimeoutHeader]) is { } own && !(left < own))
            left = own;
        else if (isGrpc && left is { } nearer)
            headers[GrpcRequest.TimeoutHeader] = GrpcTimeout.Format(nearer);
        var inbound = new InboundCall(left is { } wait ? Deadline.After(now, wait) : Deadline.Never);
        InboundCall.Current = inbound;
        if (isGrpc && context.Features.Get<MeteredCall>() is { } metered)
            metered.Deadline = inbound.Deadline;
        try
        {
            context.Response.OnStarting(static state => ((Answer)state).BeforeHeaders(), new Answer(context, inbound, requests));
            if (left is { } limit && limit < s_longest)
                await RunWithin(limit, isGrpc, inbound, context).ConfigureAwait(false);
            else
                await next(context).ConfigureAwait(false);
        }
        finally
        {
            inbound.End();
            if (isWork)
                requests.End();
        }
    }

    private async Task RunWithin(TimeSpan limit, bool isGrpc, InboundCall inbound, HttpContext context)
    {
        if (limit <= TimeSpan.Zero)
        {
            AnswerLate();
            return;
        }
        var server = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        var deadline = new RequestDeadline(server, isGrpc ? new Deadline(inbound.Deadline.At + s_grpcsOwn) : inbound.Deadline, time);
        context.Features.Set<IHttpRequestLifetimeFeature>(deadline);
        try
        {
            await next(context).ConfigureAwait(false);
            // An exception handler of the application takes the cancellation for the client's own and says so.
            if (context.Response.StatusCode == StatusCodes.Status499ClientClosedRequest && IsExpired())
                Expire();
        }
        catch (OperationCanceledException) when (IsExpired())
        {
            Expire();
        }
        finally
        {
            deadline.End();
            context.Features.Set(server);
        }

        bool IsExpired() => deadline.HasExpired && !context.Response.HasStarted;

        void Expire()
        {
            LogExpired(logger, Printable.Of(context.Request.Method), Printable.Of(context.Request.Path.Value ?? ""), limit.TotalMilliseconds);
            AnswerLate();
        }

        void AnswerLate()
        {
            if (isGrpc)
                GrpcStatusAnswer.Set(context.Response, GrpcStatusAnswer.DeadlineExceeded, "The caller's deadline has passed.");
            else
                context.Response.StatusCode = StatusCodes.Status504GatewayTimeout;
        }
    }

    private TimeSpan? TimeLeft(StringValues header)
    {
        if (header.Count == 0)
            return null;
        if (header.Count == 1 && GrpcTimeout.TryParse(header[0], out var left))
            return left;
        if (_unreadable.Passes("", out _))
            LogUnreadable(logger, Printable.Of(header.ToString()));
        return null;
    }

    [LoggerMessage(1400, LogLevel.Debug, "{Method} {Path} was cancelled: its caller waited {Milliseconds:0} ms and no longer.",
        EventName = "InboundDeadlineExpired")]
    private static partial void LogExpired(ILogger logger, string method, string path, double milliseconds);

    [LoggerMessage(1401, LogLevel.Warning,
        "A request's deadline header (mesh-timeout, or gRPC's grpc-timeout) is ignored: expected at most eight digits and one of H M S m u n, such as 1500m, found \"{Value}\".",
        EventName = "InboundDeadlineUnreadable")]
    private static partial void LogUnreadable(ILogger logger, string value);

    private sealed record Answer(HttpContext Context, InboundCall Inbound, InboundRequests Requests)
    {
        public Task BeforeHeaders()
        {
            var response = Context.Response;
            // Not what an application hands on from an answer below: its own handler has worked on the request.
            if (Inbound.IsRefused)
                response.Headers[MeshHeaders.Refused] = "1";
            else
                response.Headers.Remove(MeshHeaders.Refused);
            if (Inbound.GaveUp)
                ForbidRetry(response);
            // HTTP/2 is told by the server itself when it stops; an HTTP/1.1 connection kept alive would bring this caller back.
            if (Requests.IsDraining && Context.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
                response.Headers.Connection = "close";
            return Task.CompletedTask;
        }

        // A status in the headers is all there is to a gRPC answer; one that stands behind a body comes too late for a retry.
        private static void ForbidRetry(HttpResponse response)
        {
            var isGrpc = response.Headers.TryGetValue(GrpcAnswer.StatusHeader, out var status);
            if (isGrpc ? status == "0" : response.StatusCode < StatusCodes.Status500InternalServerError)
                return;
            response.Headers[MeshHeaders.DoNotRetry] = "1";
            // For clients that know nothing of the mesh.
            if (isGrpc)
                response.Headers[GrpcAnswer.PushbackHeader] = "-1";
        }
    }
}
