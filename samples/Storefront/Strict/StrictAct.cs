namespace Storefront.Strict;

/// <summary>
/// The fifth act: the same six services by mutual TLS alone, under load. What it claims is seen from outside, by the calls of the load and of
/// strangers, and by what the called services say.
/// </summary>
internal sealed class StrictAct(Town town, Load load, Connect connect, Stage stage)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private static readonly (string Source, string Destination, string Action)[] s_intentions =
    [
        ("web", "catalog", "allow"), ("web", "pricing", "allow"), (Switches.Service, "catalog", "allow"), (Strangers.Denied, "catalog", "deny"),
    ];

    /// <summary>Plays it.</summary>
    /// <returns>What it claims, and whether that was seen.</returns>
    public async Task<IReadOnlyList<Claim>> PlayAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calls = load.RunAsync(town.Web, s_limit, end.Token);
        var claims = new List<Claim>();
        var from = TimeSpan.Zero;
        var trustDomain = "";
        try
        {
            foreach (var (source, destination, action) in s_intentions)
                await connect.SetIntentionAsync(source, destination, action, cancellationToken);
            await WarmUpAsync(cancellationToken);
            from = load.Now;
            trustDomain = (await connect.RootAsync(cancellationToken)).TrustDomain;

            stage.Heading("Who calls, as the called service sees it");
            await Task.Delay(s_second, cancellationToken);
            ShowCallers(from);

            stage.Heading("Who is refused");
            claims.Add(await new Strangers(town, connect, stage).RunAsync(cancellationToken));

            stage.Heading($"An intention is switched: may {Switches.Service} call catalog?");
            claims.Add(await new Switches(town, load, connect, stage).RunAsync(cancellationToken));

            stage.Heading("The root of the CA is replaced");
            claims.Add(await new Rotation(town, load, connect, stage).RunAsync(cancellationToken));

            stage.Heading("The server of the price feed is killed");
            claims.AddRange(await new Feed(town, load, stage).RunAsync(cancellationToken));
        }
        finally
        {
            await end.CancelAsync();
            await calls;
            foreach (var (source, destination, _) in s_intentions)
                await connect.RemoveIntentionAsync(source, destination, CancellationToken.None);
        }
        return [ByWebAlone(from, trustDomain), .. claims, NoneFailed(from)];
    }

    /// <summary>Until the load has run for a second without a failure: cold code is not what the act is about, and takes its time on a busy machine.</summary>
    private async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        stage.Say($"Warming up: {PlayOptions.CallsPerSecond} pages a second from here to the end, each of two calls by mutual TLS.");
        do
            await Task.Delay(s_second, cancellationToken);
        while (load.Now < s_longestWarmUp && !IsWell(load.Samples.Where(s => s.Done >= load.Now - s_second)));

        static bool IsWell(IEnumerable<Sample> samples) => samples.Any() && samples.All(s => s.Catalog is not null);
    }

    private void ShowCallers(TimeSpan from)
    {
        var pages = load.Samples.Where(s => s.At >= from && s.Catalog is not null).ToArray();
        foreach (var (service, callers) in new[] { ("catalog", pages.Select(p => p.CatalogSaw)), ("pricing", pages.Select(p => p.PricingSaw)) })
        {
            foreach (var caller in callers.GroupBy(c => c?.Id))
                stage.Say($"{service}: {caller.Count()} calls by {caller.Key ?? "somebody without an identity"}");
        }
    }

    private Claim ByWebAlone(TimeSpan from, string trustDomain)
    {
        var callers = load.Samples.Where(s => s.At >= from && s.Catalog is not null).SelectMany(s => new[] { s.CatalogSaw, s.PricingSaw }).ToArray();
        var byWeb = callers.Count(c => c is not null && c.Id.StartsWith($"spiffe://{trustDomain}/", StringComparison.Ordinal) && c.Id.EndsWith("/svc/web", StringComparison.Ordinal));
        return new($"{byWeb} of {callers.Length} calls between the services came by mutual TLS, from web.", byWeb == callers.Length && byWeb > 0);
    }

    private Claim NoneFailed(TimeSpan from)
    {
        var samples = load.Samples.Where(s => s.At >= from).ToArray();
        var failed = samples.Count(s => s.Catalog is null);
        return new($"{failed} of {samples.Length} pages of the whole act failed.", failed == 0 && samples.Length > 0);
    }
}
