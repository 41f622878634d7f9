using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.Decisions;

/// <summary>What the intentions cost a request, and how that grows with their number.</summary>
internal static class DecisionFigures
{
    public static async Task MeasureAsync(Figures figures)
    {
        var scenarios = DecisionScenario.Counts.SelectMany(count => DecisionScenario.Kinds.Select(kind => new DecisionScenario(kind, count))).ToArray();
        var measured = await Interleaved.MeasureAsync(
            scenarios, warmUp: TimeSpan.FromSeconds(2), limit: TimeSpan.FromSeconds(3), warmsEachBatch: true);
        var byName = scenarios.Zip(measured).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        foreach (var (name, one) in byName)
        {
            figures.Add($"intentions.{name}.time", one.Nanoseconds, "ns");
            figures.AddAtMost($"intentions.{name}.allocated", one.Bytes, "B", target: 0, tolerance: 0);
        }
        foreach (var kind in DecisionScenario.Kinds)
        {
            var ratio = byName[DecisionScenario.NameOf(kind, 1_000)].Nanoseconds / byName[DecisionScenario.NameOf(kind, 10)].Nanoseconds;
            figures.AddAtMost($"intentions.{kind}.1000-to-10", ratio, "x", target: 2, tolerance: 0);
        }
        Array.ForEach(scenarios, scenario => scenario.Dispose());
    }
}
