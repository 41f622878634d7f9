using Grpc.Core;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

// What the call came to, for whoever watches it.
internal sealed partial class GrpcAttempt
{
    private GrpcCallWatch? _watch;
    private StatusCode? _status;
    private Exception? _error;
    private bool _isCompleted;

    /// <summary>Whether a call that was given up now was so for its deadline.</summary>
    public static bool IsOver(Deadline deadline, TimeSpan now) => !deadline.IsNever && deadline.Left(now) <= s_coarseness;

    /// <summary>Tells of the end of the call, which may have come already.</summary>
    public void WatchBy(GrpcCallWatch watch)
    {
        _watch = watch;
        if (_isCompleted)
            Tell();
    }

    private protected override Stream Watch(Stream body) => _watch?.Count(body) ?? body;

    private protected override void Completed()
    {
        _isCompleted = true;
        if (_watch is not null)
            Tell();
    }

    private void Tell()
    {
        // The reader of an answer that was nothing but its status leaves its empty body alone.
        var status = _status ?? (_response is null ? null : GrpcAnswer.StatusInHeaders(_response)) ?? GivenUp();
        _watch!.End(status, _error);
    }

    private void NoteEnd() => _status ??= GrpcAnswer.StatusInHeaders(_response!) ?? GrpcAnswer.StatusOf(_response!.TrailingHeaders) ?? StatusCode.Unknown;

    private void NoteEnd(Exception error, ScopeEnd end)
    {
        _error = error;
        _status ??= end switch
        {
            ScopeEnd.TimedOut => StatusCode.DeadlineExceeded,
            ScopeEnd.Cancelled => GivenUp(),
            _ => GrpcErrors.Of(error).StatusCode,
        };
    }

    private StatusCode GivenUp()
    {
        _error ??= new OperationCanceledException("The caller has given the call up.");
        return IsOver(_deadline, _cluster.Time.Now()) ? StatusCode.DeadlineExceeded : StatusCode.Cancelled;
    }
}
