using System.Collections.Concurrent;
using System.Globalization;
using Spectre.Console;

namespace Storefront;

/// <summary>Shows the play: live where there is a terminal, a line every other second where there is none.</summary>
internal sealed class Stage
{
    private static readonly TimeSpan s_frame = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_line = TimeSpan.FromSeconds(2);
    private readonly IAnsiConsole _console = AnsiConsole.Console;

    public Stage()
    {
        if (!IsLive)
            _console.Profile.Width = 150;
    }

    private bool IsLive => _console.Profile.Out.IsTerminal && !Console.IsOutputRedirected;

    public void Say(string line) => _console.MarkupLineInterpolated($"[grey]{line}[/]");

    /// <summary>Shows an act until its calls have ended.</summary>
    public async Task ShowAsync(string title, Act act, ConcurrentQueue<Sample> samples, Task calls, Func<Task<int>> ejections, int ejectedBefore)
    {
        _console.WriteLine();
        _console.Write(new Rule($"[bold]{Markup.Escape(title)}[/]") { Justification = Justify.Left });
        if (IsLive)
        {
            await _console.Live(Frame(act, samples, 0)).StartAsync(async live =>
            {
                while (await Task.WhenAny(calls, Task.Delay(s_frame)) != calls)
                    live.UpdateTarget(Frame(act, samples, await ejections() - ejectedBefore));
                live.UpdateTarget(Frame(act, samples, await ejections() - ejectedBefore));
            });
            return;
        }
        while (await Task.WhenAny(calls, Task.Delay(s_line)) != calls)
            _console.WriteLine(Line(samples, await ejections() - ejectedBefore));
        _console.WriteLine(Line(samples, await ejections() - ejectedBefore));
    }

    /// <summary>The table at the end.</summary>
    public void Report(IReadOnlyList<ActResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Calls of web to catalog: answers by instance, latency with retries included");
        table.AddColumn("act");
        foreach (var column in (string[])["calls", "failed", .. Town.Catalogs, "bad one*", "ejections", "p50 ms", "p99 ms", "p99 ms*"])
            table.AddColumn(new TableColumn(column).RightAligned());
        foreach (var result in results)
        {
            table.AddRow([
                Markup.Escape(result.Act.Title), Text(result.Samples.Count), Colour(Text(result.Failed), result.Failed == 0),
                .. Town.Catalogs.Select(id => Share(result.Samples, id)),
                result.ShareOnceKnown is { } share ? Colour(share.ToString("P1", CultureInfo.InvariantCulture), share <= ActResult.MostOnceKnown) : "-",
                Text(result.Ejections), Text(result.Percentile(0.5)), Text(result.Percentile(0.99)), Text(result.Percentile(0.99, onceKnown: true)),
            ]);
        }
        _console.WriteLine();
        _console.Write(table);
        _console.MarkupLine("[grey]* once known: after the first second of the act. \"bad one\" counts the attempts on the instance, failed and retried ones included.[/]");
        var bad = results.Where(r => !r.Passed).ToArray();
        _console.MarkupLine(bad.Length == 0
            ? "[green]Every act passed: no call failed, and the bad instance was left alone.[/]"
            : $"[red]Not passed: {Markup.Escape(string.Join(", ", bad.Select(r => r.Act.Title)))}.[/]");
        foreach (var error in results.SelectMany(r => r.Samples).Where(s => s.Error is not null).GroupBy(s => s.Error).OrderByDescending(g => g.Count()).Take(5))
            _console.MarkupLineInterpolated($"[red]{error.Count()} x {error.Key}[/]");
    }

    private static Table Frame(Act act, ConcurrentQueue<Sample> samples, int ejections)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("instance").AddColumn(new TableColumn("answers").RightAligned()).AddColumn("share");
        foreach (var id in Town.Catalogs)
        {
            var count = samples.Count(s => s.Catalog == id);
            var share = (double)count / Math.Max(1, samples.Count);
            table.AddRow(id == act.Bad ? $"[yellow]{id}[/]" : id, Text(count), $"[blue]{new string('█', (int)Math.Round(share * 40))}[/] {share.ToString("P0", CultureInfo.InvariantCulture)}");
        }
        return table.Caption(Line(samples, ejections));
    }

    private static string Line(ConcurrentQueue<Sample> samples, int ejections)
    {
        var last = samples.Where(s => s.Catalog is not null).TakeLast(200).Select(s => s.Milliseconds).Order().ToArray();
        var shares = string.Join("  ", Town.Catalogs.Select(id => $"{id} {Share(samples, id)}"));
        var p99 = last.Length == 0 ? "-" : Text(last[(int)(last.Length * 0.99)]);
        return $"{samples.Count,5} calls  {samples.Count(s => s.Catalog is null)} failed  {shares}  ejections {ejections}  p99 of the last 200: {p99} ms";
    }

    private static string Share(IReadOnlyCollection<Sample> samples, string id) =>
        ((double)samples.Count(s => s.Catalog == id) / Math.Max(1, samples.Count)).ToString("P1", CultureInfo.InvariantCulture);

    private static string Colour(string text, bool good) => good ? $"[green]{text}[/]" : $"[red]{text}[/]";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => double.IsNaN(value) ? "-" : value.ToString("0.0", CultureInfo.InvariantCulture);
}
