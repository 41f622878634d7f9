namespace Storefront;

/// <summary>One act of the play: what goes wrong, and for which instance.</summary>
/// <param name="Title">What the audience is told.</param>
/// <param name="Bad">The instance in trouble; null = none is.</param>
/// <param name="Trouble">Brings the trouble about.</param>
/// <param name="Heals">Whether the instance is replaced afterwards, so that the next act has three good ones.</param>
internal sealed record Act(string Title, string? Bad, Func<Town, CancellationToken, Task> Trouble, bool Heals)
{
    public static readonly Act[] All =
    [
        new("all well", null, (_, _) => Task.CompletedTask, false),
        new("catalog-1 killed (SIGKILL)", "catalog-1", (town, _) => town.KillAsync("catalog-1"), true),
        new("catalog-2 answers 503 at once", "catalog-2", (town, token) => town.SetMoodAsync("catalog-2", "Failing", token), true),
        new("catalog-3 is 200 ms slow", "catalog-3", (town, token) => town.SetMoodAsync("catalog-3", "Slow", token), false),
    ];
}

/// <summary>How an act went.</summary>
/// <param name="Act">The act.</param>
/// <param name="Samples">Its calls.</param>
/// <param name="Reached">Requests that reached each catalog instance, retried ones included; null = it could not be asked.</param>
/// <param name="OnceKnown">Attempts on the bad instance after the first second of the trouble, failed ones included.</param>
/// <param name="Ejections">Instances that web ejected.</param>
internal sealed record ActResult(
    Act Act, IReadOnlyCollection<Sample> Samples, IReadOnlyDictionary<string, int?> Reached, int OnceKnown, int Ejections)
{
    /// <summary>How long trouble may be new.</summary>
    public static readonly TimeSpan Known = TimeSpan.FromSeconds(1);

    /// <summary>The most calls, as a share, that a bad instance may keep once known.</summary>
    public const double MostOnceKnown = 0.02;

    public int Failed => Samples.Count(s => s.Catalog is null);

    /// <summary>The bad instance's share of the calls once known, by the attempts on it; null = none is bad.</summary>
    public double? ShareOnceKnown => Act.Bad is null ? null : (double)OnceKnown / Math.Max(1, Samples.Count(s => s.At >= Known));

    public bool Passed => Failed == 0 && Samples.Count > 0 && ShareOnceKnown is null or <= MostOnceKnown;

    /// <summary>A percentile of web's calls to the catalog, in milliseconds.</summary>
    public double Percentile(double percentile, bool onceKnown = false)
    {
        var times = Samples.Where(s => s.Catalog is not null && (!onceKnown || s.At >= Known)).Select(s => s.Milliseconds).Order().ToArray();
        return times.Length == 0 ? double.NaN : times[Math.Min(times.Length - 1, (int)(times.Length * percentile))];
    }
}
