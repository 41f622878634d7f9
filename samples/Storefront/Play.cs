using System.Collections.Concurrent;

namespace Storefront;

/// <summary>Plays the acts one after another.</summary>
internal sealed class Play(Town town, Load load, PlayOptions options, Stage stage)
{
    public async Task<IReadOnlyList<ActResult>> RunAsync(CancellationToken cancellationToken)
    {
        stage.Say("Warming up ...");
        await town.WarmUpAsync(cancellationToken);

        var results = new List<ActResult>();
        foreach (var act in Act.All)
        {
            results.Add(await PlayAsync(act, results.Count + 1, cancellationToken));
            if (act is { Heals: true, Bad: { } bad })
            {
                stage.Say($"{bad} is replaced ...");
                await town.ReplaceAsync(bad, cancellationToken);
            }
        }
        return results;
    }

    private async Task<ActResult> PlayAsync(Act act, int number, CancellationToken cancellationToken)
    {
        var before = await ReachedAsync(cancellationToken);
        var ejected = await town.EjectionsAsync(cancellationToken);
        var samples = new ConcurrentQueue<Sample>();
        await act.Trouble(town, cancellationToken);
        var known = KnownAsync(act.Bad, cancellationToken);
        var calls = load.RunAsync(town.Web, options.Act, samples, cancellationToken);
        await stage.ShowAsync($"Act {number}: {act.Title}", act, samples, calls, () => town.EjectionsAsync(cancellationToken), ejected);
        await calls;
        var after = await ReachedAsync(cancellationToken);
        var reached = Town.Catalogs.ToDictionary(id => id, id => after[id] - before[id]);
        var onceKnown = act.Bad is { } bad ? await TriedAsync(bad, cancellationToken) - await known : 0;
        return new ActResult(act, samples, reached, onceKnown, await town.EjectionsAsync(cancellationToken) - ejected);
    }

    private async Task<int> KnownAsync(string? bad, CancellationToken cancellationToken)
    {
        await Task.Delay(ActResult.Known, cancellationToken);
        return bad is null ? 0 : await TriedAsync(bad, cancellationToken);
    }

    // A dead instance cannot be asked what reached it; but each attempt on it fails and is one retry of web's.
    private async Task<int> TriedAsync(string bad, CancellationToken cancellationToken) =>
        await town.RequestsAsync(bad, cancellationToken) ?? await town.RetriesAsync(cancellationToken);

    private async Task<Dictionary<string, int?>> ReachedAsync(CancellationToken cancellationToken)
    {
        var reached = new Dictionary<string, int?>();
        foreach (var id in Town.Catalogs)
            reached[id] = await town.RequestsAsync(id, cancellationToken);
        return reached;
    }
}
