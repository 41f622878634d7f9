using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>The attempts of one call after the first: whether there is another, after which wait, and away from the endpoints tried.</summary>
internal sealed class CallRetries : RetryRun
{
    private readonly Call _call;
    private readonly TriedEndpoints _tried;
    private readonly CallReport _report;
    private AttemptResult _last;
    private CallEnd _end = CallEnd.Pending;
    private int _rounds;
    private bool _begun;

    public CallRetries(in Call call, AttemptResult first, TriedEndpoints tried, CallReport report)
    {
        _call = call;
        _last = first;
        _tried = tried;
        _report = report;
        // Hedges are attempts too.
        _rounds = Math.Max(1, tried.Count);
    }

    /// <summary>Whether the last answer was thrown away for a next attempt that never came, since the caller cancelled first.</summary>
    public bool LastIsSpent { get; private set; }

    public override async ValueTask<AttemptResult> NextAsync()
    {
        if (!_begun)
        {
            _begun = true;
            return _last;
        }
        LastIsSpent = false;
        _rounds++;
        try
        {
            var log = CallLog.Retries(_call, _report.Count + 1, Delay, _last);
            _last = await CallRun.AttemptAsync(_call, _call.Request, _tried, _report, isHedge: false, log).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Not the network's doing: there is no endpoint any more, or no place.
            _last = AttemptResult.NotSent(error);
        }
        return _last;
    }

    public override bool Plan(AttemptResult last)
    {
        if (!last.IsRetryable)
            return false;
        if (!_call.Allows(last.Resend))
            return Ends(CallEnd.NotRepeatable);
        var cluster = _call.Cluster;
        var retry = cluster.Options.Retry;
        var now = cluster.Time.Now();
        Delay = new Backoff(retry.BaseDelay, retry.MaxDelay).FullJitter(_rounds, cluster.Random.NextDouble());
        if (last.Response is { } response)
        {
            var advice = RetryAdvice.Of(_call, response);
            if (advice.IsForbidden)
                return GivesUp(CallEnd.RetryForbidden);
            Delay = advice.Over(Delay);
        }
        if (_rounds >= retry.MaxAttempts)
            return GivesUp(CallEnd.AttemptsExhausted);
        // A wait that the deadline would cut short is not begun: the caller gets the answer there is. A gRPC call may have none, and would wait as long as a server likes.
        if (Delay >= _call.Deadline.Left(now) || Delay > cluster.Options.Timeout)
            return GivesUp(CallEnd.DeadlineTooNear);
        if (!cluster.Budget.TryWithdraw(now))
        {
            cluster.Metrics.RetryDenied(cluster.Name);
            return GivesUp(CallEnd.BudgetExhausted);
        }
        cluster.Metrics.Retried(cluster.Name);
        // Now and not at the next attempt: the wait must not count as load of the endpoint.
        last.Response?.Dispose();
        LastIsSpent = true;
        return true;
    }

    /// <summary>Why the call ends with this result.</summary>
    public CallEnd End(AttemptResult result)
    {
        if (LastIsSpent || _call.Caller.IsCancellationRequested && result.Response is null)
            return CallEnd.Cancelled;
        if (result.Outcome == Outcome.Denied)
            return CallEnd.Denied;
        if (_end != CallEnd.Pending)
            return _end;
        if (result.IsRetryable)
            return CallEnd.RetriesOff;
        return result.Response is not null ? CallEnd.Answered : CallErrors.EndOf(result.Error!);
    }

    private bool GivesUp(CallEnd end)
    {
        _call.Inbound?.NoteGaveUp();
        return Ends(end);
    }

    private bool Ends(CallEnd end)
    {
        _end = end;
        return false;
    }
}
