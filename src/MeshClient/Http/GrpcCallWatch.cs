using System.Diagnostics;
using Grpc.Core;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Telemetry;

namespace MeshClient.Http;

/// <summary>Watches one gRPC call that somebody listens to, from its start until its status is known, and tells of it once.</summary>
internal sealed class GrpcCallWatch
{
    private readonly Call _call;
    private readonly CalledTarget _target;
    private readonly Activity? _span;
    private readonly GrpcMessageCounter? _sent;
    private GrpcMessageCounter? _received;
    private CallReport? _report;
    private StatusCode? _status;
    private Exception? _error;
    private int _ended;

    private GrpcCallWatch(in Call call, CalledTarget target)
    {
        _call = call;
        _target = target;
        _span = RpcTelemetry.Start(target);
        if (_span is not { IsAllDataRequested: true } || call.Request.Content is not { } body || GrpcBody.IsMessage(body))
            return;
        _sent = new GrpcMessageCounter();
        if (call.Stream is { } stream)
            stream.Counter = _sent;
        else
            call.Request.Content = new CountedContent(body, _sent);
    }

    /// <summary>Begins to watch a call; null = it is no call of gRPC's, or nobody listens.</summary>
    public static GrpcCallWatch? Begin(in Call call, in CalledTarget target) =>
        call.IsGrpc && call.Cluster.Telemetry.Rpc.IsListenedTo ? new(call, target) : null;

    /// <summary>Takes in the headers of the answer or why there is none. The answer's end is the call's.</summary>
    public void Answered(HttpResponseMessage? response, Exception? error, CallReport report)
    {
        _report = report;
        if (error is not null)
            End(StatusOf(error), error);
        else if (response?.Content is GrpcAttempt attempt)
            attempt.WatchBy(this);
        else
            End(StatusCode.Unknown, error: null);
    }

    /// <summary>The body as its reader is to have it.</summary>
    public Stream Count(Stream body)
    {
        if (_span is not { IsAllDataRequested: true })
            return body;
        return new CountedStream(body, _received ??= new GrpcMessageCounter());
    }

    /// <summary>Takes in how the body ended. The first status counts.</summary>
    public void Note(StatusCode status, Exception? error)
    {
        _status ??= status;
        _error = error ?? _error;
    }

    /// <summary>What it means that the call is given up now.</summary>
    public StatusCode GivenUp() => _call.Deadline.IsOver(_call.Cluster.Time.Now()) ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;

    /// <summary>The call has ended.</summary>
    /// <param name="inHeaders">The status that the headers of the answer settle; null = it was to come behind the body.</param>
    public void End(StatusCode? inHeaders)
    {
        if ((_status ?? inHeaders) is { } status)
            End(status, _error);
        else
            End(GivenUp(), _error ?? new OperationCanceledException("The caller has given the call up."));
    }

    /// <summary>The call has ended.</summary>
    /// <param name="status">How.</param>
    /// <param name="error">Why, where the server did not say.</param>
    public void End(StatusCode status, Exception? error)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        var course = new RpcCourse(_report!.Count, TagValue.Of(_report.End), _sent?.Count ?? 1, _received?.Count ?? 0);
        _call.Cluster.Telemetry.Rpc.End(_span, _target, new RpcVerdict((int)status, error), course, _call.Cluster.Time.Now() - _call.Start);
    }

    private StatusCode StatusOf(Exception error) => error switch
    {
        OperationCanceledException => GivenUp(),
        _ => GrpcErrors.Of(error).StatusCode,
    };
}
