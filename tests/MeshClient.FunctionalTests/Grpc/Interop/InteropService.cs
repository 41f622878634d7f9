using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using MeshClient.AspNetCore.LoadReports;
using MeshClient.LoadReports;
using Microsoft.Extensions.DependencyInjection;

namespace MeshClient.FunctionalTests.Grpc.Interop;

/// <summary>The server of gRPC's interop tests. What it does not override is UNIMPLEMENTED, as the cases want it.</summary>
internal sealed class InteropService : TestService.TestServiceBase
{
    private const string EchoInitial = "x-grpc-test-echo-initial";
    private const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    public override async Task<Empty> EmptyCall(Empty request, ServerCallContext context)
    {
        await EchoAsync(context);
        return new Empty();
    }

    public override async Task<SimpleResponse> UnaryCall(SimpleRequest request, ServerCallContext context)
    {
        await EchoAsync(context);
        Echo(request.ResponseStatus);
        if (request.OrcaPerQueryReport is { } report)
            context.GetHttpContext().ReportMeshLoad(Report(report));
        return new SimpleResponse { Payload = Zeros(request.ResponseType, request.ResponseSize) };
    }

    public override async Task StreamingOutputCall(
        StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        await EchoAsync(context);
        await AnswerAsync(request, responseStream, context);
    }

    public override async Task<StreamingInputCallResponse> StreamingInputCall(IAsyncStreamReader<StreamingInputCallRequest> requestStream, ServerCallContext context)
    {
        await EchoAsync(context);
        var response = new StreamingInputCallResponse();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            response.AggregatedPayloadSize += request.Payload.Body.Length;
        return response;
    }

    public override async Task FullDuplexCall(
        IAsyncStreamReader<StreamingOutputCallRequest> requestStream, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        await EchoAsync(context);
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            await AnswerAsync(request, responseStream, context);
    }

    private static async Task AnswerAsync(
        StreamingOutputCallRequest request, IServerStreamWriter<StreamingOutputCallResponse> responseStream, ServerCallContext context)
    {
        Echo(request.ResponseStatus);
        if (request.OrcaOobReport is { } report)
            context.GetHttpContext().RequestServices.GetRequiredService<IMeshLoadReporter>().Report(Report(report));
        foreach (var parameters in request.ResponseParameters)
        {
            if (parameters.IntervalUs > 0)
                await Task.Delay(TimeSpan.FromMicroseconds(parameters.IntervalUs), context.CancellationToken);
            await responseStream.WriteAsync(new() { Payload = Zeros(request.ResponseType, parameters.Size) });
        }
    }

    private static async Task EchoAsync(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValueBytes(EchoTrailing) is { } trailing)
            context.ResponseTrailers.Add(EchoTrailing, trailing);
        if (context.RequestHeaders.GetValue(EchoInitial) is { } initial)
            await context.WriteResponseHeadersAsync(new() { { EchoInitial, initial } });
    }

    private static void Echo(EchoStatus? status)
    {
        if (status is { Code: not 0 })
            throw new RpcException(new Status((StatusCode)status.Code, status.Message));
    }

    private static LoadReport Report(TestOrcaReport report) => new()
    {
        CpuUtilization = report.CpuUtilization,
        MemoryUtilization = report.MemoryUtilization,
        RequestCost = new Dictionary<string, double>(report.RequestCost),
        Utilization = new Dictionary<string, double>(report.Utilization),
    };

    private static Payload Zeros(PayloadType type, int size) => type == PayloadType.Compressable
        ? new() { Type = type, Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) }
        : throw new RpcException(new Status(StatusCode.InvalidArgument, $"Expected a payload of type COMPRESSABLE, found {type}."));
}
