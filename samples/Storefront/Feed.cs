using Storefront.Strict;

namespace Storefront;

/// <summary>What web says of the price feed since its start.</summary>
/// <param name="First">The number of the first change that came.</param>
/// <param name="Last">The number of the last one.</param>
/// <param name="Lost">The numbers that were left out.</param>
/// <param name="Doubled">The changes whose number had come before.</param>
/// <param name="Instance">The instance that sent the last one.</param>
/// <param name="Received">The changes that have come, by the instance that sent them.</param>
/// <param name="Broken">How many streams have ended.</param>
internal sealed record FeedFigures(long First, long Last, long Lost, long Doubled, string? Instance, Dictionary<string, int> Received, int Broken)
{
    /// <summary>Whether each change has come, and once.</summary>
    public bool IsWhole => Lost == 0 && Doubled == 0 && Received.Values.Sum() == Last - First + 1;

    /// <summary>The changes that each instance sent.</summary>
    public string Senders => string.Join(", ", Town.Pricings.Select(id => $"{id} {Received.GetValueOrDefault(id)}"));
}

/// <summary>
/// The instance of pricing that sends the price feed is killed under load: web reads on at the other, and the calls of the pages go there too.
/// </summary>
internal sealed class Feed(Town town, Load load, Stage stage)
{
    /// <summary>The least share of the calls that each of two well instances has.</summary>
    private const double Least = 0.4;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    /// <returns>What is claimed of it, and whether that was seen.</returns>
    public async Task<Claim[]> RunAsync(CancellationToken cancellationToken)
    {
        var from = load.Now;
        await Task.Delay(s_before, cancellationToken);
        var before = await town.FeedAsync(cancellationToken);
        var bad = before.Instance ?? throw new InvalidOperationException("Expected the price feed to have begun, found that web has nothing of it.");
        stage.Say($"web follows the changes of the prices, 50 a second, by one gRPC stream from {bad}. {bad} is killed by SIGKILL.");
        var killed = load.Now;
        await town.KillAsync(bad);
        var after = before;
        while (after.Instance == bad && load.Now - killed < s_limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            after = await town.FeedAsync(cancellationToken);
        }
        var resumed = load.Now - killed;
        await Task.Delay(s_after, cancellationToken);
        after = await town.FeedAsync(cancellationToken);

        var pages = load.Samples.Where(s => s.At >= from).ToArray();
        var (well, later) = (pages.Where(p => p.Done < killed).ToArray(), pages.Where(p => p.At >= killed).ToArray());
        stage.Say($"Changes in all: {after.Received.Values.Sum()} ({after.Senders}), from number {after.First} to {after.Last}. Streams that broke: {after.Broken}.");
        stage.Say($"Unary calls of the pages: {Calls(well)}; from the kill on {Calls(later)}.");
        var began = load.Now;
        await town.ReplaceAsync(bad, cancellationToken);
        stage.Say($"{bad} was replaced in {(load.Now - began).TotalSeconds.Text()} s, under load.");

        var failed = pages.Count(p => p.Catalog is null);
        return
        [
            new($"The price feed was resumed at {after.Instance} after {resumed.TotalMilliseconds:0} ms: {after.Lost} changes lost, {after.Doubled} doubled, since web started.",
                after.Instance != bad && after.IsWhole),
            new($"The gRPC calls were balanced one by one, {string.Join(" and ", Town.Pricings.Select(id => well.Share(id).Percent()))}; "
                + $"{failed} of {pages.Length} pages failed around the kill.",
                Town.Pricings.All(id => well.Share(id) >= Least) && failed == 0 && later.Length > 0),
        ];
    }

    private static string Calls(Sample[] pages) => string.Join(", ", Town.Pricings.Select(id => $"{id} {pages.Count(p => p.Pricing == id)}"));
}
