using System.Diagnostics;
using System.Globalization;
using MeshClient.Benchmarks.Decisions;
using MeshClient.Benchmarks.GrpcCalls;
using MeshClient.Benchmarks.Overhead;
using MeshClient.Benchmarks.Picks;
using MeshClient.Benchmarks.Snapshots;

namespace MeshClient.Benchmarks.Quick;

/// <summary>All figures in under a minute. Fails when one misses its target.</summary>
internal static class QuickRun
{
    private static readonly (string Name, Func<Figures, Task> Measure)[] s_parts =
    [
        ("pick", PickFigures.MeasureAsync),
        ("intentions", DecisionFigures.MeasureAsync),
        ("overhead", OverheadFigures.MeasureAsync),
        ("grpc", GrpcFigures.MeasureAsync),
        ("snapshot", SnapshotFigures.MeasureAsync),
    ];

    /// <returns>The exit code: 0, 1 when a target was missed, 2 when nothing is named so.</returns>
    public static async Task<int> RunAsync(string filter)
    {
        var parts = s_parts.Where(part => part.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (parts.Length == 0)
        {
            Console.Error.WriteLine($"Expected one of {string.Join(", ", s_parts.Select(part => part.Name))}, found \"{filter}\".");
            return 2;
        }
        var watch = Stopwatch.StartNew();
        var figures = new Figures();
        foreach (var part in parts)
            await part.Measure(figures);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"quick: {figures.Missed} missed, {watch.Elapsed.TotalSeconds:0} s"));
        return figures.Missed == 0 ? 0 : 1;
    }
}
