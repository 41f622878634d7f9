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
            scenarios, warmUp: TimeSpan.FromSeconds(2), limit: TimeSpan.FromSeconds(3), warmsEachBatch: true);
        var byName = scenarios.Zip(measured).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        foreach (var (name, one) in byName)
        {
            figures.Add($"pick.{name}.time", one.Nanoseconds, "ns");
            if (!name.StartsWith(YarpScenario.Policy, StringComparison.Ordinal))
                figures.AddAtMost($"pick.{name}.allocated", one.Bytes, "B", target: 0, tolerance: 0);
        }
        foreach (var count in Pick.Counts)
        {
            var ratio = byName[Pick.NameOf(LeastRequest.Name, count)].Nanoseconds / byName[Pick.NameOf(YarpScenario.Policy, count)].Nanoseconds;
            figures.AddAtMost($"pick.{LeastRequest.Name}-{count}.time-to-yarp", ratio, "x", 1, Noise);
        }
        foreach (var policy in Pick.Policies)
        {
            var ratio = byName[Pick.NameOf(policy, 10_000)].Nanoseconds / byName[Pick.NameOf(policy, 10)].Nanoseconds;
            if (policy == YarpScenario.Policy)
                figures.Add($"pick.{policy}.10000-to-10", ratio, "x");
            else
                figures.AddAtMost($"pick.{policy}.10000-to-10", ratio, "x", 3, Noise);
        }
        Array.ForEach(scenarios, scenario => scenario.Dispose());
    }
}
