using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.Overhead;

/// <summary>What a call costs, and what each client adds to the plain one.</summary>
internal static class OverheadFigures
{
    private const double Target = 1.0 / 3;

    public static async Task MeasureAsync(Figures figures)
    {
        await MeasureAsync(figures, "overhead", yields: false);
        await MeasureAsync(figures, "overhead.async", yields: true);
    }

    private static async Task MeasureAsync(Figures figures, string prefix, bool yields)
    {
        var scenarios = CallScenario.Names.Select(name => CallScenario.Create(name, yields)).ToArray();
        var measured = await Interleaved.MeasureAsync(scenarios, warmUp: TimeSpan.FromSeconds(3), limit: TimeSpan.FromSeconds(2));
        var (plain, standard) = (measured[0], measured[1]);
        for (var i = 0; i < scenarios.Length; i++)
        {
            figures.Add($"{prefix}.{scenarios[i].Name}.time", measured[i].Nanoseconds, "ns");
            figures.Add($"{prefix}.{scenarios[i].Name}.allocated", measured[i].Bytes, "B");
        }
        var standardTime = standard.Nanoseconds - plain.Nanoseconds;
        var standardBytes = standard.Bytes - plain.Bytes;
        for (var i = 1; i < scenarios.Length; i++)
        {
            var (time, bytes) = (measured[i].Nanoseconds - plain.Nanoseconds, measured[i].Bytes - plain.Bytes);
            figures.Add($"{prefix}.{scenarios[i].Name}.adds.time", time, "ns");
            figures.Add($"{prefix}.{scenarios[i].Name}.adds.allocated", bytes, "B");
            Ratio(figures, $"{prefix}.{scenarios[i].Name}.adds.time-to-standard", time / standardTime, scenarios[i].Name);
            Ratio(figures, $"{prefix}.{scenarios[i].Name}.adds.allocated-to-standard", bytes / standardBytes, scenarios[i].Name);
        }
        Array.ForEach(scenarios, scenario => scenario.Dispose());
    }

    private static void Ratio(Figures figures, string name, double ratio, string scenario)
    {
        if (scenario == "mesh")
            figures.AddAtMost(name, ratio, "x", Target, tolerance: 0);
        else if (scenario != "standard")
            figures.Add(name, ratio, "x");
    }
}
