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
        if (!GrpcRequest.IsMediaType(context.Request.ContentType))
        {
            context.Response.OnStarting(static state => ((Answer)state).AddHeader(), new Answer(context, sampler));
            return RunAsync(context);
        }
        return context.Request.Path == LoadReportRequest.Path ? streams.ServeAsync(context) : RunGrpcAsync(context);
    }

    private async Task RunAsync(HttpContext context)
    {
        var isError = true;
        try
        {
            await next(context).ConfigureAwait(false);
            isError = context.Response.StatusCode >= StatusCodes.Status500InternalServerError;
        }
        finally
        {
            sampler.Answered(isError && !RequestCaller.HasGone(context, time.Now()));
        }
    }

    private async Task RunGrpcAsync(HttpContext context)
    {
        var isError = true;
        try
        {
            await next(context).ConfigureAwait(false);
            isError = IsGrpcError(context);
            AddTrailer(context);
        }
        finally
        {
            sampler.Answered(isError && !RequestCaller.HasGone(context, time.Now()));
        }
    }

    // An answer that has no body has no trailers either: it says all in its headers (trailers-only).
    private void AddTrailer(HttpContext context)
    {
        if (!context.Response.HasStarted)
            context.Response.Headers[LoadReportHeader.Name] = Text(context, sampler);
        else if (context.Response.SupportsTrailers())
            context.Response.AppendTrailer(LoadReportHeader.Name, Text(context, sampler));
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

    private static string Text(HttpContext context, LoadSampler sampler)
    {
        var current = sampler.Current;
        return context.Features.Get<RequestLoad>() is { } own ? LoadSample.Of(own.Report.Over(current.Report)).Header : current.Header;
    }

    private sealed record Answer(HttpContext Context, LoadSampler Sampler)
    {
        public Task AddHeader()
        {
            Context.Response.Headers[LoadReportHeader.Name] = Text(Context, Sampler);
            return Task.CompletedTask;
        }
    }
}

/// <summary>What the application says of one request.</summary>
/// <param name="Report">The report.</param>
internal sealed record RequestLoad(LoadReport Report);
