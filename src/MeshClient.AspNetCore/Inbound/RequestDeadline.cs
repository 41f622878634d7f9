using MeshClient.Primitives;
using MeshClient.Resilience;
using Microsoft.AspNetCore.Http.Features;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>
/// Cancels the work on a request when its deadline passes or its caller goes. The token is made when it is asked for: it takes a timer, and a handler that
/// answers at once never looks at it.
/// </summary>
/// <param name="server">The server's own feature, which knows when the caller goes.</param>
/// <param name="deadline">When the caller stops waiting.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestDeadline(IHttpRequestLifetimeFeature server, Deadline deadline, TimeProvider time) : IHttpRequestLifetimeFeature
{
    private CancellationToken? _replaced;
    private Source? _source;
    private volatile bool _ended;

    /// <summary>Whether the deadline has passed while the caller was still there. Timers count whole milliseconds and ring a little before.</summary>
    public bool HasExpired =>
        (deadline.HasPassed(time.Now()) || Volatile.Read(ref _source) is { IsCancellationRequested: true }) && !server.RequestAborted.IsCancellationRequested;

    /// <summary>The token of the handler.</summary>
    public CancellationToken RequestAborted
    {
        get => _replaced ?? (_ended ? server.RequestAborted : (Volatile.Read(ref _source) ?? Start()).Token);
        set => _replaced = value;
    }

    public void Abort() => server.Abort();

    /// <summary>The request has been answered.</summary>
    public void End()
    {
        _ended = true;
        Volatile.Read(ref _source)?.Dispose();
    }

    // Two threads may ask at once.
    private Source Start()
    {
        var left = deadline.Left(time.Now());
        var source = new Source(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        if (Interlocked.CompareExchange(ref _source, source, null) is { } other)
        {
            source.Dispose();
            return other;
        }
        source.CancelWith(server.RequestAborted);
        return source;
    }

    private sealed class Source(TimeSpan left, TimeProvider time) : CancellationTokenSource(left, time)
    {
        private CancellationTokenRegistration _caller;

        public void CancelWith(CancellationToken caller) =>
            _caller = caller.UnsafeRegister(static source => ((Source)source!).Cancel(), this);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _caller.Dispose();
            base.Dispose(disposing);
        }
    }
}
