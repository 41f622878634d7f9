using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// The first attempts of a call that is hedged: when one goes unanswered for long, a copy of the request is sent to another endpoint beside it. The
/// first good answer counts; those still under way are cancelled, which is no failure of their endpoints.
/// </summary>
internal static class Hedge
{
    /// <summary>Runs the attempts until one is answered well or all have failed.</summary>
    /// <exception cref="MeshUnavailableException">The first attempt found no endpoint, or no place under the limits.</exception>
    public static async ValueTask<AttemptResult> RunAsync(Call call, TriedEndpoints tried, CallReport report)
    {
        var cluster = call.Cluster;
        var copies = await RequestCopies.OfAsync(call.Request, call.Caller).ConfigureAwait(false);
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(call.Caller);
        var raced = call with { Caller = losers.Token };
        // A copy too: a loser may still hold its request when the call's own is sent on, to a redirect's target or by a handler above.
        var first = CallRun.AttemptAsync(raced, copies?.Next() ?? call.Request, tried, report, isHedge: false);
        // Answered at once, or nothing to race it by: no timer is needed.
        if (first.IsCompleted || copies is null)
            return await first.ConfigureAwait(false);
        var running = new List<Task<AttemptResult>> { first.AsTask() };
        if (tried.Count == 0)
            await Task.WhenAny(running[0], tried.WaitUntilBegunAsync()).ConfigureAwait(false);
        var hedges = new HashSet<Task<AttemptResult>>();
        var most = cluster.Options.Hedging.MaxHedges;
        try
        {
            while (true)
            {
                var delay = hedges.Count < most ? Delay(call) : null;
                var ended = await NextAsync(call, running, delay).ConfigureAwait(false);
                if (ended is null)
                {
                    if (tried.Count < cluster.State.Available.Length && cluster.Budget.TryWithdraw(cluster.Time.Now()))
                    {
                        cluster.Metrics.Hedged(cluster.Name);
                        var log = CallLog.Hedges(call, tried.Span.IsEmpty ? null : tried.Span[^1], delay.GetValueOrDefault());
                        var hedge = CallRun.AttemptAsync(raced, copies.Next(), tried, report, isHedge: true, log).AsTask();
                        running.Add(hedge);
                        hedges.Add(hedge);
                        continue;
                    }
                    cluster.Metrics.HedgeDenied(cluster.Name);
                    most = 0;
                    continue;
                }
                running.Remove(ended);
                if (running.Count > 0 && IsFailure(ended))
                {
                    await DiscardAsync(ended).ConfigureAwait(false);
                    continue;
                }
                if (hedges.Contains(ended) && !IsFailure(ended))
                    cluster.Metrics.HedgeWon(cluster.Name);
                return await ended.ConfigureAwait(false);
            }
        }
        finally
        {
            if (!call.Caller.IsCancellationRequested)
                tried.Decide();
            await losers.CancelAsync().ConfigureAwait(false);
            foreach (var loser in running)
                _ = DiscardAsync(loser);
        }
    }

    // Null = the delay has passed and nothing has ended.
    private static async ValueTask<Task<AttemptResult>?> NextAsync(Call call, List<Task<AttemptResult>> running, TimeSpan? until)
    {
        if (until is not { } delay)
            return await Task.WhenAny(running).ConfigureAwait(false);
        using var awake = new CancellationTokenSource();
        var wait = Task.Delay(delay, call.Cluster.Time, awake.Token);
        var first = await Task.WhenAny([wait, .. running]).ConfigureAwait(false);
        await awake.CancelAsync().ConfigureAwait(false);
        return first as Task<AttemptResult>;
    }

    private static TimeSpan? Delay(in Call call)
    {
        var options = call.Cluster.Options.Hedging;
        return options.Percentile is { } percentile && call.Cluster.Latencies?.Percentile(percentile, call.Cluster.Time.Now()) is { } latency
            ? latency
            : options.Delay;
    }

    private static bool IsFailure(Task<AttemptResult> ended) =>
        !ended.IsCompletedSuccessfully || ended.Result.IsRetryable;

    // Whatever a loser brings is not wanted any more, its exception included.
    private static async Task DiscardAsync(Task<AttemptResult> loser)
    {
        await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loser.IsCompletedSuccessfully)
            loser.Result.Response?.Dispose();
    }
}
