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
    private TimeSpan? _asked;
    private Task<AttemptResult>? _forbids;

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
        while (true)
        {
            var delay = _hedges.Count < _most ? _asked ?? Delay() : null;
            var ended = await NextAsync(delay).ConfigureAwait(false);
            if (ended is null)
            {
                Begin(delay.GetValueOrDefault());
                continue;
            }
            _running.Remove(ended);
            if (!IsFailure(ended))
            {
                if (_hedges.Contains(ended))
                    _call.Cluster.Metrics.HedgeWon(_call.Cluster.Name);
                if (_forbids is not null)
                    _running.Add(_forbids);
                return ended;
            }
            Heed(ended);
            // Where all have failed, an answer that forbids another attempt is the call's last word.
            if (_running.Count == 0 && (_forbids is null || _forbids == ended))
                return ended;
            if (ended != _forbids)
                await DiscardAsync(ended).ConfigureAwait(false);
            if (_running.Count == 0)
                return _forbids!;
        }
    }

    private void Begin(TimeSpan waited)
    {
        var cluster = _call.Cluster;
        _asked = null;
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

    // What a server that has failed says of further attempts.
    private void Heed(Task<AttemptResult> failed)
    {
        if (failed is not { IsCompletedSuccessfully: true, Result.Response: { } response })
            return;
        var advice = RetryAdvice.Of(_call, response);
        if (advice.IsForbidden)
        {
            _most = 0;
            _forbids ??= failed;
        }
        else if (advice.IsGiven && Delay() is { } own)
        {
            _asked = advice.Over(own);
            // By then nobody would wait for it.
            if (_asked > _call.Cluster.Options.Timeout)
                _most = 0;
        }
    }

    // Null = the delay has passed and nothing has ended.
    private async ValueTask<Task<AttemptResult>?> NextAsync(TimeSpan? until)
    {
        if (until is not { } delay)
            return await Task.WhenAny(_running).ConfigureAwait(false);
        using var awake = new CancellationTokenSource();
        var wait = Task.Delay(delay, _call.Cluster.Time, awake.Token);
        var first = await Task.WhenAny([wait, .. _running]).ConfigureAwait(false);
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
