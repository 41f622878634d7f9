using Grpc.Core;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>An attempt of a gRPC call: how it went stands behind the body, which may last as long as the call's deadline lets it.</summary>
internal sealed partial class GrpcAttempt(in Call call, EndpointState endpoint, bool isLimited, TimeSpan now) : Attempt(call.Cluster, endpoint, isLimited, now)
{
    private readonly Deadline _deadline = call.ToldDeadline;
    private HttpResponseMessage? _response;

    private protected override TimeSpan IdleTimeout => _deadline.IsNever ? Timeout.InfiniteTimeSpan : Left > TimeSpan.Zero ? Left : TimeSpan.Zero;

    private TimeSpan Left => _deadline.Left(_cluster.Time.Now());

    private protected override void Allow(HttpRequestMessage request) => WireCredentials.Guard(request, _cluster, Endpoint);

    private protected override Resend Judge(HttpResponseMessage response, out Outcome outcome)
    {
        _response = response;
        (outcome, var resend) = GrpcAnswer.Judge(response, _cluster.Options.Grpc);
        if (outcome == Outcome.Overloaded && IsRefusal(response))
            resend = Resend.IfRepeatable;
        if (resend == Resend.No && _cluster.Strategies is null)
            (response.RequestMessage!.Content as ReplayContent)?.Commit();
        if (outcome == Outcome.ServerError)
            GrpcRepair.Head(response, Upstream, Endpoint.Endpoint);
        return resend;
    }

    private protected override Outcome Judge(Exception error, ScopeEnd end) =>
        error is RpcException ? Outcome.Cancelled
        : end == ScopeEnd.Cancelled && _deadline.IsOver(_cluster.Time.Now()) ? Outcome.Timeout
        : base.Judge(error, end);

    // A status may stand behind a body of no bytes too.
    private protected override bool EndsWithHeaders(HttpResponseMessage response) => GrpcAnswer.StatusInHeaders(response) is not null;

    private protected override Outcome JudgeEnd(Outcome outcome)
    {
        NoteEnd();
        if (_cluster.LoadReports is { OutOfBandPeriod: null } reports)
            TakeReport(_response!.TrailingHeaders, reports, _cluster.Time.Now());
        if (outcome != Outcome.Success || GrpcAnswer.StatusOf(_response!.Headers) is not null)
            return outcome;
        outcome = GrpcAnswer.JudgeEnd(_response);
        // A server that says OK has read the message it was sent.
        if (outcome == Outcome.Success && _response.RequestMessage?.Content is { } sent && GrpcBody.IsMessage(sent))
            RequestHasLeft();
        if (outcome == Outcome.ServerError)
            GrpcRepair.End(_response, Upstream, Endpoint.Endpoint);
        return outcome;
    }

    // That a stream lasts until its deadline is no fault of the endpoint.
    private protected override Outcome JudgeBody(Exception error, ScopeEnd end)
    {
        NoteEnd(error, end);
        return end == ScopeEnd.TimedOut ? Outcome.Cancelled : base.JudgeBody(error, end);
    }

    private protected override Exception Explain(Exception error, ScopeEnd end, CancellationToken caller) => end switch
    {
        ScopeEnd.TimedOut => GrpcErrors.DeadlineExceeded(Upstream, Endpoint.Endpoint, error),
        ScopeEnd.Cancelled => base.Explain(error, end, caller),
        _ => GrpcErrors.Of(CallErrors.Explained(Upstream, Endpoint.Endpoint, error)),
    };
}
