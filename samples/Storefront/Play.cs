using Storefront.Strict;

namespace Storefront;

/// <summary>Plays the acts one after another, under a load that never pauses.</summary>
internal sealed class Play(Town town, Load load, PlayOptions options, Stage stage)
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <summary>Plays all.</summary>
    /// <returns>How each act went, the calls between the acts, and what was seen of the price feed.</returns>
    public async Task<(IReadOnlyList<ActResult> Acts, IReadOnlyCollection<Sample> Between, IReadOnlyList<Claim> Feed)> RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calls = load.RunAsync(town.Web, s_limit, end.Token);
        IReadOnlyList<Claim> feed;
        var parts = new List<(Act Act, Times Times, int Bad, int Ejections)>();
        try
        {
            // Cold code and first connections are not what the acts are about.
            stage.Say($"Warming up: {PlayOptions.CallsPerSecond} calls a second from here to the end.");
            await Task.Delay(s_warmUp, cancellationToken);
            foreach (var act in Act.All)
            {
                parts.Add(await PlayAsync(act, parts.Count + 1, cancellationToken));
                if (act is { Heals: true, Bad: { } bad })
                    await HealAsync(bad, cancellationToken);
            }
            stage.Title("Interlude: the server of the price feed is killed");
            feed = await new Feed(town, load, stage).RunAsync(cancellationToken);
        }
        finally
        {
            await end.CancelAsync();
            await calls;
        }
        var acts = parts.Select(p => new ActResult(p.Act, p.Times, load.Samples.Where(p.Times.Has).ToArray(), p.Bad, p.Ejections)).ToArray();
        return (acts, load.Samples.Where(s => s.At >= acts[0].Times.From && !parts.Any(p => p.Times.Has(s))).ToArray(), feed);
    }

    private async Task<(Act Act, Times Times, int Bad, int Ejections)> PlayAsync(Act act, int number, CancellationToken cancellationToken)
    {
        var before = await town.MeshAsync(cancellationToken);
        var from = load.Now;
        var scene = new Scene(act, $"Act {number}: {act.Title}", from, from + options.Act, before.Ejections.Length);
        var shown = stage.ShowAsync(scene, load, () => town.MeshAsync(cancellationToken), cancellationToken);
        await Task.Delay(Times.Lead, cancellationToken);
        await act.Trouble(town, cancellationToken);
        scene.Trouble = load.Now;
        var times = new Times(from, load.Now, scene.To);
        await UntilAsync(times.Known, cancellationToken);
        var known = await AttemptsAsync(act, cancellationToken);
        await shown;
        var attempts = await AttemptsAsync(act, cancellationToken);
        return (act, times, attempts - known, (await town.MeshAsync(cancellationToken)).Ejections.Length - before.Ejections.Length);
    }

    /// <summary>
    /// The attempts that went to the bad instance so far. It counts them itself, also those that it fails. One that was killed counts nothing: each
    /// attempt at it is one that web had to repeat elsewhere, and web counts those.
    /// </summary>
    private async Task<int> AttemptsAsync(Act act, CancellationToken cancellationToken) =>
        act.Bad is not { } bad ? 0
        : town.HasExited(bad) ? (await town.MeshAsync(cancellationToken)).Retries
        : await town.RequestsAsync(bad, cancellationToken);

    private async Task HealAsync(string bad, CancellationToken cancellationToken)
    {
        var began = load.Now;
        await town.ReplaceAsync(bad, cancellationToken);
        stage.Say($"{bad} was replaced in {(load.Now - began).TotalSeconds.Text()} s, under load.");
    }

    private async Task UntilAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time - load.Now is var left && left > TimeSpan.Zero)
            await Task.Delay(left, cancellationToken);
    }
}

/// <summary>An act while it is played.</summary>
internal sealed class Scene(Act act, string title, TimeSpan from, TimeSpan to, int ejectedBefore)
{
    private long _trouble = long.MaxValue;

    public Act Act => act;

    public string Title => title;

    public TimeSpan From => from;

    public TimeSpan To => to;

    /// <summary>The ejections before it.</summary>
    public int EjectedBefore => ejectedBefore;

    /// <summary>When the trouble was there.</summary>
    public TimeSpan Trouble
    {
        get => new(Volatile.Read(ref _trouble));
        set => Volatile.Write(ref _trouble, value.Ticks);
    }
}
