using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// The first attempts of a call that is hedged: when one goes unanswered for long, a copy of the request is sent to another endpoint beside it. The
/// first good answer counts; those still under way are cancelled, which is no failure of their endpoints.
/// </summary>
internal sealed class Hedge
{
    private readonly Call _call;
    private readonly RequestCopies _copies;
    private readonly TriedEndpoints _tried;
    private readonly CallReport _report;
    private readonly List<Task<AttemptResult>> _running = [];
    private readonly HashSet<Task<AttemptResult>> _hedges = [];
    private int _most;
    private TimeSpan? _due;
    private Task<AttemptResult>? _failed;
    private int _rank;

    private Hedge(in Call call, RequestCopies copies, TriedEndpoints tried, CallReport report)
    {
        _call = call;
        _copies = copies;
        _tried = tried;
        _report = report;
        _most = call.Cluster.Options.Hedging.MaxHedges;
    }

    /// <summary>Runs the attempts until one is answered well or all have failed.</summary>
    /// <exception cref="MeshUnavailableException">The first attempt found no endpoint, or no place under the limits.</exception>
    public static async ValueTask<AttemptResult> RunAsync(Call call, TriedEndpoints tried, CallReport report)
    {
        var copies = await RequestCopies.OfAsync(call.Request, call.Caller).ConfigureAwait(false);
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(call.Caller);
        var raced = call with { Caller = losers.Token };
        // A copy too: a loser may still hold its request when the call's own is sent on, to a redirect's target or by a handler above.
        var first = CallRun.AttemptAsync(raced, copies?.Next() ?? call.Request, tried, report, isHedge: false);
        // Answered at once, or nothing to race it by: no timer is needed.
        if (first.IsCompleted || copies is null)
            return await first.ConfigureAwait(false);
        var race = new Hedge(raced, copies, tried, report);
        try
        {
            return await (await race.RunAsync(first.AsTask()).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            if (!call.Caller.IsCancellationRequested)
                tried.Decide();
            await losers.CancelAsync().ConfigureAwait(false);
            foreach (var loser in race._running)
                _ = DiscardAsync(loser);
        }
    }

    // The attempt whose result is the call's; those that are left stand among the running.
    private async Task<Task<AttemptResult>> RunAsync(Task<AttemptResult> first)
    {
        _running.Add(first);
        if (_tried.Count == 0)
            await Task.WhenAny(first, _tried.WaitUntilBegunAsync()).ConfigureAwait(false);
        var began = _call.Cluster.Time.Now();
        while (true)
        {
            if (await NextAsync(began).ConfigureAwait(false) is not { } ended)
            {
                Begin(_due!.Value - began);
                (began, _due) = (_call.Cluster.Time.Now(), null);
                continue;
            }
            _running.Remove(ended);
            if (!IsFailure(ended))
            {
                if (_hedges.Contains(ended))
                    _call.Cluster.Metrics.HedgeWon(_call.Cluster.Name);
                if (_failed is not null)
                    _running.Add(_failed);
                return ended;
            }
            await KeepAsync(ended, Heed(ended)).ConfigureAwait(false);
            if (_running.Count == 0)
                return _failed!;
        }
    }

    private void Begin(TimeSpan waited)
    {
        var cluster = _call.Cluster;
        if (_tried.Count >= EndpointChoice.CountFor(_call) || !cluster.Budget.TryWithdraw(cluster.Time.Now()))
        {
            cluster.Metrics.HedgeDenied(cluster.Name);
            _most = 0;
            return;
        }
        cluster.Metrics.Hedged(cluster.Name);
        var log = CallLog.Hedges(_call, _tried.Span.IsEmpty ? null : _tried.Span[^1], waited);
        var hedge = CallRun.AttemptAsync(_call, _copies.Next(), _tried, _report, isHedge: true, log).AsTask();
        _running.Add(hedge);
        _hedges.Add(hedge);
    }

    // The next hedge goes out at once after a failure, unless the server says otherwise (gRPC A6). Returns how much a result is worth if all fail.
    private int Heed(Task<AttemptResult> failed)
    {
        var response = failed.IsCompletedSuccessfully ? failed.Result.Response : null;
        var advice = response is null ? default : RetryAdvice.Of(_call, response);
        var wait = advice.Over(TimeSpan.Zero);
        // By then nobody would wait for it.
        if (advice.IsForbidden || wait > _call.Cluster.Options.Timeout)
            _most = 0;
        _due = _call.Cluster.Time.Now() + wait;
        return advice.IsForbidden ? 3 : response is not null ? 2 : failed.IsCompletedSuccessfully ? 1 : 0;
    }

    // Where all fail, one of them is the call's: rather one that forbids another attempt, else one that was answered, else the last.
    private async ValueTask KeepAsync(Task<AttemptResult> failed, int rank)
    {
        var other = failed;
        if (_failed is null || rank >= _rank)
            (other, _failed, _rank) = (_failed, failed, rank);
        if (other is not null)
            await DiscardAsync(other).ConfigureAwait(false);
    }

    // Null = it is time for a hedge, and nothing has ended.
    private async ValueTask<Task<AttemptResult>?> NextAsync(TimeSpan began)
    {
        var cluster = _call.Cluster;
        _due ??= _hedges.Count < _most && Delay() is { } delay ? began + delay : null;
        if (_hedges.Count >= _most || _due is not { } due)
            return await Task.WhenAny(_running).ConfigureAwait(false);
        using var awake = new CancellationTokenSource();
        var left = due - cluster.Time.Now();
        var wait = left > TimeSpan.Zero ? Task.Delay(left, cluster.Time, awake.Token) : Task.CompletedTask;
        // An answer that came in the same moment is taken.
        var first = await Task.WhenAny([.. _running, wait]).ConfigureAwait(false);
        await awake.CancelAsync().ConfigureAwait(false);
        return first as Task<AttemptResult>;
    }

    private TimeSpan? Delay()
    {
        var cluster = _call.Cluster;
        var options = cluster.Options.Hedging;
        return options.Percentile is { } percentile && cluster.Latencies?.Percentile(percentile, cluster.Time.Now()) is { } latency ? latency : options.Delay;
    }

    private static bool IsFailure(Task<AttemptResult> ended) =>
        ended is not { IsCompletedSuccessfully: true, Result: { Response: not null, IsRetryable: false } };

    // Whatever a loser brings is not wanted any more, its exception included.
    private static async Task DiscardAsync(Task<AttemptResult> loser)
    {
        await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loser.IsCompletedSuccessfully)
            loser.Result.Response?.Dispose();
    }
}
