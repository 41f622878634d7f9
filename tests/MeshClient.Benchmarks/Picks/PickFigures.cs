using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.Picks;

/// <summary>What a choice costs, how it grows with the endpoints, and how it stands to YARP's.</summary>
internal static class PickFigures
{
    private const double Noise = 0.1;

    public static async Task MeasureAsync(Figures figures)
    {
        var scenarios = Pick.Counts.SelectMany(count => Pick.Policies.Select(policy => Pick.Create(policy, count))).ToArray();
        var measured = await Interleaved.MeasureAsync(
            scenarios, warmUp: TimeSpan.FromSeconds(4), limit: TimeSpan.FromSeconds(12), warmsEachBatch: true);
        var byName = scenarios.Zip(measured).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        foreach (var (name, one) in byName)
        {
            figures.Add($"pick.{name}.time", one.Median, "ns");
            if (!name.StartsWith(YarpScenario.Policy, StringComparison.Ordinal))
                figures.AddAtMost($"pick.{name}.allocated", one.Bytes, "B", target: 0, tolerance: 0);
        }
        foreach (var count in Pick.Counts)
        {
            figures.AddAtMost($"pick.LeastRequest-{count}.time-to-yarp",
                Statistics.MedianRatio(byName[Pick.NameOf(LeastRequest.Name, count)], byName[Pick.NameOf(YarpScenario.Policy, count)]), "x", 1, Noise);
        }
        foreach (var policy in Pick.Policies)
        {
            var ratio = byName[Pick.NameOf(policy, 10_000)].Undisturbed / byName[Pick.NameOf(policy, 10)].Undisturbed;
            if (policy == YarpScenario.Policy)
                figures.Add($"pick.{policy}.10000-to-10", ratio, "x");
            else
                figures.AddAtMost($"pick.{policy}.10000-to-10", ratio, "x", 3, Noise);
        }
        Array.ForEach(scenarios, scenario => scenario.Dispose());
    }
}
