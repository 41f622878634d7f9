using MeshClient.Benchmarks.Quick;
using MeshClient.Endpoints;

namespace MeshClient.Benchmarks.Snapshots;

/// <summary>What an update of a service costs, what its endpoints retain, and what stays of them when one changes.</summary>
internal static class SnapshotFigures
{
    private const double Megabyte = 1024 * 1024;

    public static async Task MeasureAsync(Figures figures)
    {
        foreach (var instances in (int[])[1_000, 10_000])
        {
            var retained = await RetainedAsync(instances);
            if (instances == 1_000)
                figures.AddAtMost($"snapshot.{instances}.retained", retained, "B", Megabyte, tolerance: 0);
            else
                figures.Add($"snapshot.{instances}.retained", retained, "B");
        }
        await KeepsAsync(figures, 10_000);

        SnapshotScenario[] scenarios = [new(1_000), new(10_000)];
        var measured = await Interleaved.MeasureAsync(scenarios, warmUp: TimeSpan.FromSeconds(1.5), limit: TimeSpan.FromSeconds(2));
        for (var i = 0; i < scenarios.Length; i++)
        {
            figures.Add($"snapshot.{scenarios[i].Name}.update.time", measured[i].Nanoseconds / 1e6, "ms");
            if (i == 0)
                figures.AddAtMost($"snapshot.{scenarios[i].Name}.update.allocated", measured[i].Bytes, "B", 3 * Megabyte, tolerance: 0);
            else
                figures.Add($"snapshot.{scenarios[i].Name}.update.allocated", measured[i].Bytes, "B");
            scenarios[i].Dispose();
        }
    }

    /// <summary>What is reachable after several updates that was not before the first.</summary>
    private static async Task<double> RetainedAsync(int instances)
    {
        using (var first = new SnapshotScenario(10))
            await first.RunAsync(2);
        using var scenario = new SnapshotScenario(instances);
        var before = Reachable();
        await scenario.RunAsync(3);
        var retained = Reachable() - before;
        GC.KeepAlive(scenario);
        return retained;
    }

    /// <summary>One of so many moves: all others must be the same objects as before, on the same transports.</summary>
    private static async Task KeepsAsync(Figures figures, int instances)
    {
        using var scenario = new SnapshotScenario(instances);
        await scenario.RunAsync(1);
        var before = scenario.Cluster.State.Available;
        HashSet<(EndpointState, object)> kept = [.. before.Select(endpoint => (endpoint, (object)scenario.Cluster.TransportTo(endpoint)))];
        await scenario.RunAsync(1);
        var lost = instances - 1 - scenario.Cluster.State.Available.Count(endpoint => kept.Contains((endpoint, endpoint.Transport!)));
        figures.AddAtMost($"snapshot.{instances}.one-changed.others-lost", lost, "", target: 0, tolerance: 0);
    }

    private static long Reachable()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
