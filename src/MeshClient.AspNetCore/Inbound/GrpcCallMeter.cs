using Grpc.Core;
using MeshClient.Grpc;
using MeshClient.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>Measures gRPC calls. Above all that may refuse one.</summary>
internal sealed class GrpcCallMeter(RequestDelegate next, GrpcCallMetrics metrics, TimeProvider time, EndpointDataSource? endpoints = null)
{
    private readonly ServedMethods _methods = new(endpoints);

    public Task InvokeAsync(HttpContext context) =>
        metrics.IsListenedTo && GrpcRequest.IsMediaType(context.Request.ContentType) ? MeasureAsync(context) : next(context);

    private async Task MeasureAsync(HttpContext context)
    {
        var start = time.Now();
        var call = new MeteredCall();
        context.Features.Set(call);
        var status = StatusCode.Unknown;
        if (metrics.CountsMessages)
            MessageCounts.Begin(context, metrics, _methods);
        try
        {
            await next(context).ConfigureAwait(false);
            status = StatusOf(context);
        }
        finally
        {
            var now = time.Now();
            metrics.Ended(_methods.NameOf(context), AsItEnded(status, call, context, now), now - start);
        }
    }

    private static StatusCode StatusOf(HttpContext context)
    {
        if (context.Response.Headers.TryGetValue(GrpcAnswer.StatusHeader, out var status) || IsInTrailers(context, out status))
            return GrpcCode.Parse(status.ToString());
        return GrpcCode.OfHttp(context.Response.StatusCode);
    }

    // What a handler throws when it is cancelled is UNKNOWN to gRPC's server, which tells it to a caller who has gone.
    private static StatusCode AsItEnded(StatusCode status, MeteredCall call, HttpContext context, TimeSpan now)
    {
        if (call.IsDenied)
            return StatusCode.PermissionDenied;
        var isOutOfTime = call.Deadline.IsOver(now);
        if ((status != StatusCode.Unknown && !isOutOfTime) || !context.RequestAborted.IsCancellationRequested)
            return status;
        return isOutOfTime ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;
    }

    private static bool IsInTrailers(HttpContext context, out StringValues status)
    {
        status = default;
        return context.Features.Get<IHttpResponseTrailersFeature>() is { } trailers && trailers.Trailers.TryGetValue(GrpcAnswer.StatusHeader, out status);
    }
}
