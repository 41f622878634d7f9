using MeshClient.LoadReports;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshClient.AspNetCore.LoadReports;

/// <summary>
/// The report in one answer: of gRPC in a trailer, of any other in a header. It stands there from the beginning of the answer, since gRPC's own server ends an answer by
/// itself where the deadline passes, and is brought up to date at the end. It takes the place of what an application hands on from an answer below, which tells of
/// another's load.
/// </summary>
internal sealed class AnswerReport(HttpContext context, LoadSampler sampler, bool isGrpc)
{
    private LoadSample? _sample;
    private RequestLoad? _own;
    private string? _trailer;

    private bool IsCurrent => ReferenceEquals(_sample, sampler.Current) && ReferenceEquals(_own, context.Features.Get<RequestLoad>());

    /// <summary>The headers are about to be sent.</summary>
    public void Begin()
    {
        var response = context.Response;
        // Not asked for in vain: to look at trailers makes an object of them.
        var trailers = isGrpc ? context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : null;
        if (trailers is { IsReadOnly: false } && !IsInHeaders(response))
        {
            response.Headers.Remove(LoadReportHeader.Name);
            trailers[LoadReportHeader.Name] = _trailer = Text();
        }
        else
        {
            response.Headers[LoadReportHeader.Name] = Text();
        }
    }

    /// <summary>The request has been worked on.</summary>
    public void End()
    {
        if (_trailer is null || context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers is not { IsReadOnly: false } trailers)
            return;
        try
        {
            if (!IsCurrent || trailers[LoadReportHeader.Name] is not [var only] || !ReferenceEquals(only, _trailer))
                trailers[LoadReportHeader.Name] = Text();
        }
        catch (InvalidOperationException) when (trailers.IsReadOnly)
        {
            // The server has sent them in between.
        }
    }

    // An answer of gRPC that has no body says all in its headers (trailers-only), and clients look nowhere else where it is none of gRPC's.
    private static bool IsInHeaders(HttpResponse response) => response.StatusCode != StatusCodes.Status200OK || response.Headers.GrpcStatus.Count > 0;

    private string Text()
    {
        _sample = sampler.Current;
        _own = context.Features.Get<RequestLoad>();
        return _own is null ? _sample.Header : LoadSample.Of(_own.Report.Over(_sample.Report)).Header;
    }
}
