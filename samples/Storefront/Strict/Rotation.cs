using System.Security.Cryptography.X509Certificates;
using Spectre.Console;

namespace Storefront.Strict;

/// <summary>The root of the CA is replaced under load, until every service shows a certificate of the new root and every call is made by one.</summary>
internal sealed class Rotation(Town town, Load load, Connect connect, Stage stage)
{
    private const int ReportEvery = 5;

    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>An agent takes up to 30 s for the certificates, and connections of the old one are left within 30 s more.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(75);

    public async Task<Claim> RunAsync(CancellationToken cancellationToken)
    {
        using var certificate = await connect.CertificateAsync(Switches.Service, cancellationToken);
        var old = (await connect.RootAsync(cancellationToken)).Root;
        var retries = (await town.MeshAsync(cancellationToken)).Retries;
        var from = load.Now;
        await Task.Delay(s_before, cancellationToken);
        await connect.ReplaceRootAsync(cancellationToken);
        var replaced = load.Now;
        var next = (await connect.RootAsync(cancellationToken)).Root;
        stage.Say($"Root {next.Name}… in place of {old.Name}…. Waiting for each service to have a certificate of the new one, {s_limit.TotalSeconds:0} s at most;");
        stage.Say("an agent of Consul issues them at random moments of 30 s, the development registry at once.");

        var (moved, before) = (false, -1);
        for (var second = 1; !moved && load.Now - replaced < s_limit; second++)
        {
            await Task.Delay(s_second, cancellationToken);
            var calls = Calls(load.Now - s_second);
            var shown = await ShownAsync(next, certificate, cancellationToken);
            var (byOld, byNew) = (calls.Count(c => old.Signed(c.Caller?.Authority)), calls.Count(c => next.Signed(c.Caller?.Authority)));
            moved = shown == town.Ids.Count && byOld == 0 && byNew > 0;
            if (moved || shown != before || (byOld > 0 && byNew > 0) || second % ReportEvery == 0)
                stage.Say($"{second,3} s   calls of the last second by the old root {byOld,3}, by the new one {byNew,3}   services that have moved: {shown} of {town.Ids.Count}");
            before = shown;
        }
        var took = load.Now - replaced;
        await Task.Delay(s_after, cancellationToken);
        var failed = load.Samples.Count(s => s.At >= from && s.Catalog is null);
        Show(from, replaced, old, next);
        stage.Say($"web tried {(await town.MeshAsync(cancellationToken)).Retries - retries} of its calls to catalog again.");
        return new(
            $"The root of the CA was replaced under load: {failed} of {load.Samples.Count(s => s.At >= from)} pages failed; {before} of {town.Ids.Count} services moved to it, in {took.TotalSeconds:0} s.",
            moved && failed == 0 && old != next);
    }

    /// <summary>The calls of web that were answered since, with whom the called service took it for.</summary>
    private (TimeSpan At, Caller? Caller)[] Calls(TimeSpan since) =>
        [.. load.Samples.Where(s => s.At >= since && s.Catalog is not null).SelectMany(s => new[] { (s.At, s.CatalogSaw), (s.At, s.PricingSaw) })];

    /// <summary>How many services show a certificate that a root has signed, to a connection made now.</summary>
    private async Task<int> ShownAsync(Root root, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var id in town.Ids)
        {
            using var stranger = new Stranger(town.AddressOf(id), "https", certificate);
            await stranger.CallAsync(cancellationToken);
            count += root.Signed(stranger.Shown) ? 1 : 0;
        }
        return count;
    }

    private void Show(TimeSpan from, TimeSpan replaced, Root old, Root next)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("web's certificate: its serial number").AddColumn("root of the CA").AddColumn("calls by it").AddColumn("first").AddColumn("last");
        foreach (var calls in Calls(from).GroupBy(c => c.Caller).OrderBy(g => g.Min(c => c.At)))
        {
            var root = old.Signed(calls.Key?.Authority) ? $"{old.Name}…, the old one" : next.Signed(calls.Key?.Authority) ? $"{next.Name}…, the new one" : "another";
            table.AddRow(calls.Key is { } caller ? caller.Serial : "none", root, calls.Count().Text(), When(calls.Min(c => c.At)), When(calls.Max(c => c.At)));
        }
        stage.Show(table);

        string When(TimeSpan at) => $"{Math.Abs((at - replaced).TotalSeconds).Text()} s {(at < replaced ? "before" : "after")}";
    }
}
