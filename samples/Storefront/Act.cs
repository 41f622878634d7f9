namespace Storefront;

/// <summary>One act of the play: what goes wrong, and for which instance.</summary>
/// <param name="Title">What the audience is told.</param>
/// <param name="Bad">The instance in trouble; null = none is.</param>
/// <param name="State">The trouble in two words.</param>
/// <param name="Trouble">Brings the trouble about.</param>
/// <param name="Heals">Whether the instance is replaced afterwards, so that the next act has three good ones.</param>
internal sealed record Act(string Title, string? Bad, string State, Func<Town, CancellationToken, Task> Trouble, bool Heals)
{
    public static readonly Act[] All =
    [
        new("all well", null, "well", (_, _) => Task.CompletedTask, false),
        new("catalog-1 is killed", "catalog-1", "killed by SIGKILL", (town, _) => town.KillAsync("catalog-1"), true),
        new("catalog-2 answers 503", "catalog-2", "answers 503 at once", (town, token) => town.SetMoodAsync("catalog-2", "Failing", token), true),
        new("catalog-3 is 200 ms slow", "catalog-3", "200 ms slow", (town, token) => town.SetMoodAsync("catalog-3", "Slow", token), false),
    ];
}

/// <summary>When an act was played, on the clock of the load.</summary>
/// <param name="From">Its start.</param>
/// <param name="Trouble">When the trouble was there.</param>
/// <param name="To">Its end.</param>
internal sealed record Times(TimeSpan From, TimeSpan Trouble, TimeSpan To)
{
    /// <summary>How long trouble comes after the start: it comes upon calls in flight.</summary>
    public static readonly TimeSpan Lead = TimeSpan.FromSeconds(1);

    /// <summary>How long trouble may be new.</summary>
    public static readonly TimeSpan New = TimeSpan.FromSeconds(1);

    /// <summary>From when the trouble counts as known.</summary>
    public TimeSpan Known => Trouble + New;

    public bool Has(Sample sample) => sample.At >= From && sample.At < To;
}

/// <summary>How an act went.</summary>
/// <param name="Act">The act.</param>
/// <param name="Times">When.</param>
/// <param name="Samples">Its calls.</param>
/// <param name="BadOnceKnown">The attempts that went to the bad instance once known, answered or not.</param>
/// <param name="Ejections">The catalog instances that web ejected.</param>
internal sealed record ActResult(Act Act, Times Times, IReadOnlyCollection<Sample> Samples, int BadOnceKnown, int Ejections)
{
    /// <summary>The most calls, as a share, that a bad instance may keep once known.</summary>
    public const double MostOnceKnown = 0.02;

    public int Failed => Samples.Count(s => s.Catalog is null);

    /// <summary>The calls made once the trouble was known; null = there was none.</summary>
    public IReadOnlyCollection<Sample>? OnceKnown => Act.Bad is null ? null : Samples.Where(s => s.At >= Times.Known).ToArray();

    /// <summary>The bad instance's share of the calls once known.</summary>
    public double? ShareOnceKnown => OnceKnown is { } later ? (double)BadOnceKnown / Math.Max(1, later.Count) : null;

    public bool Passed => Failed == 0 && Samples.Count > 0 && !(ShareOnceKnown > MostOnceKnown);
}
