using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using Storefront.Strict;

namespace Storefront;

/// <summary>Shows the play: live where there is a terminal, a line a second where there is none.</summary>
internal sealed class Stage
{
    private const int WidthWithoutTerminal = 120;
    private const int BarWidth = 30;

    private static readonly TimeSpan s_frame = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly IAnsiConsole _console = AnsiConsole.Console;
    private readonly bool _live;

    public Stage()
    {
        _live = _console.Profile.Capabilities is { Interactive: true, Ansi: true } && !Console.IsOutputRedirected;
        if (!_live)
            _console.Profile.Width = WidthWithoutTerminal;
    }

    public void Say(string line) => _console.MarkupLineInterpolated($"[grey]{line}[/]");

    /// <summary>The title of an act.</summary>
    public void Title(string title)
    {
        _console.WriteLine();
        _console.Write(new Rule($"[bold]{Markup.Escape(title)}[/]") { Justification = Justify.Left });
    }

    /// <summary>The title of a part of an act.</summary>
    public void Heading(string heading)
    {
        _console.WriteLine();
        _console.MarkupLineInterpolated($"[bold]{heading}[/]");
    }

    public void Show(IRenderable what) => _console.Write(what);

    /// <summary>Shows an act until its end.</summary>
    public async Task ShowAsync(Scene scene, Load load, Func<Task<MeshFigures>> mesh, CancellationToken cancellationToken)
    {
        Title(scene.Title);
        await (_live ? ShowLiveAsync() : ShowLinesAsync());

        async Task ShowLiveAsync() => await _console.Live(Frame(scene, load, [])).StartAsync(async live =>
        {
            while (load.Now < scene.To)
            {
                await Task.Delay(s_frame, cancellationToken);
                live.UpdateTarget(Frame(scene, load, (await mesh()).Ejections[scene.EjectedBefore..]));
            }
        });

        async Task ShowLinesAsync()
        {
            var (told, ejected) = (false, 0);
            for (var from = scene.From; from < scene.To; from += s_second)
            {
                if (from + s_second - load.Now is var left && left > TimeSpan.Zero)
                    await Task.Delay(left, cancellationToken);
                if (!told && scene.Act.Bad is { } bad && scene.Trouble < from + s_second)
                    _console.WriteLine($"        {bad}: {scene.Act.State} from here on");
                told |= scene.Trouble < from + s_second;
                var reasons = (await mesh()).Ejections[scene.EjectedBefore..];
                _console.WriteLine(Second(scene, load, from));
                foreach (var reason in reasons.Skip(ejected))
                    _console.WriteLine($"        web's mesh has ejected an instance: {Words(reason)}");
                ejected = reasons.Length;
            }
        }
    }

    /// <summary>The tables at the end.</summary>
    public void Report(IReadOnlyList<ActResult> acts, IReadOnlyCollection<Sample> between, IReadOnlyList<Claim> feed)
    {
        var calls = Grid("", ["calls", "failed", .. Town.Catalogs, "ejections", .. Town.Pricings]);
        foreach (var act in acts)
            calls.AddRow(Calls(act.Act.Title, act.Samples, act.Act.Bad, act.Ejections.Text()));
        calls.AddEmptyRow().AddRow(Calls("between the acts", between, null, ""));

        var times = Grid("", "page\np50", "page\np99", "catalog\np50", "catalog\np99", "once known:\ncatalog p99", "once known:\nto the bad one");
        foreach (var act in acts)
            times.AddRow([.. Latency(act.Act.Title, act.Samples), .. OnceKnown(act)]);
        times.AddEmptyRow().AddRow([.. Latency("between the acts", between), "", ""]);

        _console.WriteLine();
        _console.MarkupLine("[bold]Calls[/] [grey]and the share of them that each instance answered[/]");
        _console.Write(calls);
        _console.MarkupLine("[bold]Latency[/] [grey]in ms: of the page, seen by the load; of the call to catalog with its retries, seen by web[/]");
        _console.Write(times);
        _console.MarkupLine($"[grey]Once known: from {Times.New.TotalSeconds} s after the trouble. To the bad one: attempts, failed ones too; at most {ActResult.MostOnceKnown.Percent()} of the calls.[/]");
        _console.WriteLine();
        Show(feed);
        Verdict(acts, between);
    }

    private void Verdict(IReadOnlyList<ActResult> acts, IReadOnlyCollection<Sample> between)
    {
        var bad = acts.Where(r => !r.Passed).ToArray();
        _console.MarkupLine(bad.Length == 0
            ? "[green]Acts 1 to 4 passed: no call of an act failed, and each bad instance was left alone once known.[/]"
            : $"[red]Not passed: {Markup.Escape(string.Join(", ", bad.Select(r => r.Act.Title)))}.[/]");
        Errors(acts.SelectMany(r => r.Samples).Concat(between));
    }

    /// <summary>The verdict on the fifth act.</summary>
    public void Verdict(IReadOnlyList<Claim> claims, IEnumerable<Sample> samples)
    {
        _console.WriteLine();
        Show(claims);
        _console.MarkupLine(claims.All(c => c.Holds) ? "[green]Act 5 passed: all that it claims was seen.[/]" : "[red]Not passed: act 5.[/]");
        Errors(samples);
    }

    private void Show(IReadOnlyList<Claim> claims)
    {
        foreach (var claim in claims)
            _console.MarkupLine($"{(claim.Holds ? "[green]seen    [/]" : "[red]NOT SEEN[/]")}  {Markup.Escape(claim.Text)}");
        _console.WriteLine();
    }

    private void Errors(IEnumerable<Sample> samples)
    {
        foreach (var error in samples.Where(s => s.Error is not null).GroupBy(s => s.Error).OrderByDescending(g => g.Count()).Take(5))
            _console.MarkupLineInterpolated($"[red]{error.Count()} x {error.Key}[/]");
    }

    private static string[] Calls(string title, IReadOnlyCollection<Sample> samples, string? bad, string ejections)
    {
        var failed = samples.Count(s => s.Catalog is null);
        return
        [
            title, samples.Count.Text(), Colour(failed.Text(), failed == 0),
            .. Town.Catalogs.Select(id => id == bad ? $"[yellow]{samples.Share(id).Percent()}[/]" : samples.Share(id).Percent()),
            ejections,
            .. Town.Pricings.Select(id => samples.Share(id).Percent()),
        ];
    }

    private static string[] Latency(string title, IReadOnlyCollection<Sample> samples) =>
    [
        title,
        samples.Percentile(0.5, s => s.PageMilliseconds).Text(), samples.Percentile(0.99, s => s.PageMilliseconds).Text(),
        samples.Percentile(0.5, s => s.CatalogMilliseconds).Text(), samples.Percentile(0.99, s => s.CatalogMilliseconds).Text(),
    ];

    private static string[] OnceKnown(ActResult act) => act is { OnceKnown: { } later, ShareOnceKnown: { } share }
        ? [later.Percentile(0.99, s => s.CatalogMilliseconds).Text(), $"{act.BadOnceKnown} of {later.Count}  {Colour(share.Percent(), share <= ActResult.MostOnceKnown)}"]
        : ["", ""];

    private static IRenderable Frame(Scene scene, Load load, string[] ejections)
    {
        var act = load.Samples.Where(s => s.At >= scene.From).ToArray();
        var second = act.Where(s => s.Done >= load.Now - s_second).ToArray();
        var table = Grid("instance", "", "calls", "last second").AddColumn("share");
        foreach (var id in Town.Catalogs)
        {
            var state = id == scene.Act.Bad && load.Now >= scene.Trouble ? $"[red]{scene.Act.State}[/]" : "[green]well[/]";
            var bar = new string('█', (int)Math.Round(second.Share(id) * BarWidth)).PadRight(BarWidth, '·');
            table.AddRow(id, state, act.Count(s => s.Catalog == id).Text(), second.Count(s => s.Catalog == id).Text(), $"[blue]{bar}[/]");
        }
        var failed = act.Count(s => s.Catalog is null);
        var figures = $"{act.Length} calls   {Colour($"{failed} failed", failed == 0)}   catalog p50 {second.Percentile(0.5, s => s.CatalogMilliseconds).Text()} ms   "
            + $"p99 {second.Percentile(0.99, s => s.CatalogMilliseconds).Text()} ms   ejections {ejections.Length}{string.Concat(ejections.Select(e => $" ({Words(e)})"))}";
        return new Rows(table, new Markup(figures));
    }

    private static string Second(Scene scene, Load load, TimeSpan from)
    {
        var second = load.Samples.Where(s => s.Done >= from && s.Done < from + s_second).ToArray();
        var shares = string.Join("   ", Town.Catalogs.Select(id => $"{id} {second.Count(s => s.Catalog == id),3}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"{(from - scene.From).TotalSeconds + 1,3:0} s {second.Length,5} calls   {second.Count(s => s.Catalog is null)} failed   {shares}   ")
            + $"catalog p50 {second.Percentile(0.5, s => s.CatalogMilliseconds).Text(),5} ms   p99 {second.Percentile(0.99, s => s.CatalogMilliseconds).Text(),6} ms";
    }

    private static Table Grid(string first, params string[] numbers)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(first);
        foreach (var number in numbers)
            table.AddColumn(new TableColumn(number).RightAligned().NoWrap());
        return table;
    }

    /// <summary>connect_failures as "connect failures".</summary>
    private static string Words(string reason) => reason.Replace('_', ' ');

    internal static string Colour(string text, bool good) => good ? $"[green]{text}[/]" : $"[red]{text}[/]";
}
