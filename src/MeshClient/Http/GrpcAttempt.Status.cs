using Grpc.Core;
using MeshClient.Grpc;
using MeshClient.Resilience;

namespace MeshClient.Http;

// What the call came to, for whoever watches it.
internal sealed partial class GrpcAttempt
{
    private GrpcCallWatch? _watch;

    /// <summary>Tells of the end of the call, which may have come already, though not by a body that was read: nobody has had it yet.</summary>
    public void WatchBy(GrpcCallWatch watch)
    {
        _watch = watch;
        if (HasEnded)
            Completed();
    }

    private protected override Stream Watch(Stream body) => _watch?.Count(body) ?? body;

    // The reader of an answer that was nothing but its status leaves its empty body alone.
    private protected override void Completed() => _watch?.End(_response is null ? null : GrpcAnswer.StatusInHeaders(_response));

    private void NoteEnd() =>
        _watch?.Note(GrpcAnswer.StatusInHeaders(_response!) ?? GrpcAnswer.StatusOf(_response!.TrailingHeaders) ?? StatusCode.Unknown, error: null);

    private void NoteEnd(Exception error, ScopeEnd end) => _watch?.Note(end switch
    {
        ScopeEnd.TimedOut => StatusCode.DeadlineExceeded,
        ScopeEnd.Cancelled => _watch.GivenUp(),
        _ => GrpcErrors.Of(error).StatusCode,
    }, error);
}
