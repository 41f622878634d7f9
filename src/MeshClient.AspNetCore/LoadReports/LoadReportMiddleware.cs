using MeshClient.AspNetCore.Inbound;
using MeshClient.AspNetCore.Security;
using MeshClient.Grpc;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshClient.AspNetCore.LoadReports;

/// <summary>
/// Counts requests, and tells each caller how loaded this server is: a gRPC call in a trailer, any other in a header. It also serves the reports that clients stream
/// beside their calls. Endpoints that are excluded from the mesh are left alone: the load is nobody's business there.
/// </summary>
internal sealed class LoadReportMiddleware(RequestDelegate next, LoadSampler sampler, LoadReportStreams streams, TimeProvider time)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<MeshConnection>() is { Standing: ConnectionStanding.LeftAlone })
            return next(context);
        var isGrpc = GrpcRequest.IsMediaType(context.Request.ContentType);
        if (isGrpc && context.Request.Path == LoadReportRequest.Path)
            return streams.ServeAsync(context);
        var report = new AnswerReport(context, sampler, isGrpc);
        context.Response.OnStarting(
            static state =>
            {
                ((AnswerReport)state).Begin();
                return Task.CompletedTask;
            }, report);
        return RunAsync(context, report, isGrpc);
    }

    private async Task RunAsync(HttpContext context, AnswerReport report, bool isGrpc)
    {
        var isError = true;
        try
        {
            await next(context).ConfigureAwait(false);
            isError = isGrpc ? IsGrpcError(context) : context.Response.StatusCode >= StatusCodes.Status500InternalServerError;
            report.End();
        }
        finally
        {
            sampler.Answered(isError && !RequestCaller.HasGone(context, time.Now()));
        }
    }

    private static bool IsGrpcError(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode != StatusCodes.Status200OK)
            return response.StatusCode >= StatusCodes.Status500InternalServerError;
        var status = response.Headers.GrpcStatus;
        if (status.Count == 0 && context.Features.Get<IHttpResponseTrailersFeature>() is { } feature)
            status = feature.Trailers.GrpcStatus;
        return status.Count == 1 && GrpcCode.OutcomeOf(GrpcCode.Parse(status[0]!)) is var outcome && Endpoints.Outcomes.IsFailure(outcome);
    }
}

/// <summary>What the application says of one request.</summary>
/// <param name="Report">The report.</param>
internal sealed record RequestLoad(LoadReport Report);
