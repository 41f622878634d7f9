using System.Diagnostics;

namespace MeshClient.Benchmarks.Quick;

/// <summary>What a scenario cost, for one time it was done.</summary>
/// <param name="Nanoseconds">The time of each round.</param>
/// <param name="Bytes">The bytes allocated, by the round that allocated least.</param>
internal sealed record Measured(double[] Nanoseconds, double Bytes)
{
    public double Median => Statistics.Median(Nanoseconds);

    /// <summary>The time of the round that nine in ten took longer than: what it takes while nobody else empties the caches of the processor.</summary>
    public double Undisturbed { get; } = Nanoseconds.Order().ElementAt(Nanoseconds.Length / 10);
}

/// <summary>
/// Measures scenarios side by side: many short rounds, each of which runs every scenario once, so that whatever else the machine does meets
/// all of them alike. A batch is shorter than a slice of the scheduler, and the median forgets the rounds that were interrupted.
/// </summary>
internal static class Interleaved
{
    private static readonly TimeSpan s_batch = TimeSpan.FromMilliseconds(1.5);

    /// <param name="scenarios">What to measure.</param>
    /// <param name="warmUp">How long to run before it counts.</param>
    /// <param name="limit">How long to measure.</param>
    /// <param name="warmsEachBatch">
    /// Whether to run a batch once more before it is timed, where the caches of the processor matter: the scenarios between have emptied them.
    /// </param>
    public static async Task<Measured[]> MeasureAsync(
        IReadOnlyList<Scenario> scenarios, TimeSpan warmUp, TimeSpan limit, bool warmsEachBatch = false)
    {
        var counts = await WarmUpAsync(scenarios, warmUp);
        var times = scenarios.Select(_ => new List<double>()).ToArray();
        var bytes = scenarios.Select(_ => double.MaxValue).ToArray();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < limit;)
        {
            for (var i = 0; i < scenarios.Count; i++)
            {
                if (warmsEachBatch)
                    await scenarios[i].RunAsync(counts[i]);
                var (time, allocated) = await BatchAsync(scenarios[i], counts[i]);
                times[i].Add(time.TotalNanoseconds / counts[i]);
                bytes[i] = Math.Min(bytes[i], (double)allocated / counts[i]);
            }
        }
        return [.. scenarios.Select((_, i) => new Measured([.. times[i]], bytes[i]))];
    }

    /// <summary>Runs until the code is compiled by what its profile says, and finds how often a scenario fits into a batch.</summary>
    private static async Task<int[]> WarmUpAsync(IReadOnlyList<Scenario> scenarios, TimeSpan limit)
    {
        var counts = scenarios.Select(_ => 1).ToArray();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < limit;)
        {
            for (var pass = 0; pass < 20; pass++)
            {
                for (var i = 0; i < scenarios.Count; i++)
                {
                    var (time, _) = await BatchAsync(scenarios[i], counts[i]);
                    var fits = counts[i] * (s_batch / time);
                    counts[i] = (int)Math.Clamp(fits, 1, Math.Min(counts[i] * 4L, 1 << 20));
                }
            }
            // The tiers of the compiler wait for a pause in which nothing new is called.
            await Task.Delay(120);
        }
        return counts;
    }

    private static async Task<(TimeSpan Time, long Bytes)> BatchAsync(Scenario scenario, int count)
    {
        using var _ = scenario.Enter();
        var thread = Environment.CurrentManagedThreadId;
        var (own, all) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
        var start = Stopwatch.GetTimestamp();
        var run = scenario.RunAsync(count);
        var stayed = run.IsCompleted;
        await run;
        var time = Stopwatch.GetElapsedTime(start);
        // A scenario that hops between threads is counted by the whole process, where nothing else runs.
        return stayed && Environment.CurrentManagedThreadId == thread
            ? (time, GC.GetAllocatedBytesForCurrentThread() - own)
            : (time, GC.GetTotalAllocatedBytes(precise: true) - all);
    }
}
