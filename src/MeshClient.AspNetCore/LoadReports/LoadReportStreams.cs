using System.Buffers;
using System.Buffers.Binary;
using MeshClient.AspNetCore.Inbound;
using MeshClient.Grpc;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace MeshClient.AspNetCore.LoadReports;

/// <summary>
/// Reports beside the calls (<c>xds.service.orca.v3.OpenRcaService/StreamCoreMetrics</c>): a stream of the server's load at an interval that the client asks for. Answered
/// by hand, so that the library need not bring a gRPC server along.
/// </summary>
internal sealed class LoadReportStreams(LoadSampler sampler, IHostApplicationLifetime host, TimeProvider time)
{
    // A request holds an interval and some names.
    private const int LongestRequest = 64 * 1024;

    private const string Ok = "0", Internal = "13", DeadlineExceeded = "4", Unimplemented = "12", Unavailable = "14";

    /// <summary>Answers a call of the method until the client goes or the server stops.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        var response = context.Response;
        if (!HttpMethods.IsPost(context.Request.Method) || !response.SupportsTrailers())
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }
        response.ContentType = "application/grpc";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        var status = Ok;
        try
        {
            var (refusal, interval) = await ReadAsync(context.Request, end.Token).ConfigureAwait(false);
            status = refusal;
            while (status == Ok)
            {
                await response.BodyWriter.WriteAsync(sampler.Current.Message, end.Token).ConfigureAwait(false);
                await Task.Delay(interval, time, end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client asks again, elsewhere if this server stops.
            status = context.RequestAborted.IsCancellationRequested ? DeadlineExceeded : Unavailable;
        }
        if (RequestCaller.HasGone(context, time.Now()))
            return;
        // What clients may compress by, which gRPC wants said with such a refusal.
        if (status == Unimplemented)
            response.Headers.GrpcAcceptEncoding = "identity";
        if (response.HasStarted)
            response.AppendTrailer(GrpcAnswer.StatusHeader, status);
        else
            response.Headers.GrpcStatus = status;
    }

    /// <summary>Reads the one message of the request.</summary>
    /// <returns>A status other than <see cref="Ok"/> = it is refused.</returns>
    private static async Task<(string Status, TimeSpan Interval)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (buffer.Length > LongestRequest)
                return (Internal, default);
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }
            var parsed = Parse(buffer.ToArray());
            reader.AdvanceTo(buffer.End);
            return parsed;
        }
    }

    /// <summary>Reads a request: gRPC's prefix and an <c>OrcaLoadReportRequest</c>.</summary>
    internal static (string Status, TimeSpan Interval) Parse(ReadOnlySpan<byte> body)
    {
        if (body.Length < GrpcStream.PrefixLength || BinaryPrimitives.ReadUInt32BigEndian(body[1..]) != body.Length - GrpcStream.PrefixLength)
            return (Internal, default);
        // Compressed: no client has been told that it may.
        if (body[0] != 0)
            return (Unimplemented, default);
        return LoadReportRequest.TryRead(body[GrpcStream.PrefixLength..], out var interval)
            ? (Ok, interval > LoadSampler.Period ? interval : LoadSampler.Period)
            : (Internal, default);
    }
}
