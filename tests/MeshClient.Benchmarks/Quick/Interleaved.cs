using System.Diagnostics;
using System.Runtime;

namespace MeshClient.Benchmarks.Quick;

/// <summary>What a scenario cost, for one time it was done.</summary>
/// <param name="Nanoseconds">The time of the round that nine in ten took longer than: what it takes while the machine does nothing else.</param>
/// <param name="Bytes">The bytes allocated, by the round that allocated least.</param>
internal sealed record Measured(double Nanoseconds, double Bytes);

/// <summary>
/// Measures scenarios side by side: many short rounds, each of which runs every scenario once, so that whatever else the machine does meets
/// all of them alike. A batch is shorter than a slice of the scheduler, so on a busy machine some are not interrupted, and the first decile is theirs.
/// </summary>
internal static class Interleaved
{
    private const int QuietBlocks = 6;

    private static readonly TimeSpan s_batch = TimeSpan.FromMilliseconds(1.5);

    /// <param name="scenarios">What to measure.</param>
    /// <param name="warmUp">at least how long to run before it counts.</param>
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
        return [.. scenarios.Select((_, i) => new Measured(times[i].Order().ElementAt(times[i].Count / 10), bytes[i]))];
    }

    /// <summary>
    /// Runs for so long, and on until the compiler has nothing more to do or three times the time is over; finds how often a scenario fits into a batch.
    /// By its fastest time: one that was interrupted would make all its batches too short to fill the caches.
    /// </summary>
    private static async Task<int[]> WarmUpAsync(IReadOnlyList<Scenario> scenarios, TimeSpan least)
    {
        var counts = scenarios.Select(_ => 1).ToArray();
        var fastest = scenarios.Select(_ => TimeSpan.MaxValue.TotalNanoseconds).ToArray();
        var (compiled, quiet) = (0L, 0);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < least || (quiet < QuietBlocks && watch.Elapsed < least * 3);)
        {
            for (var pass = 0; pass < 10; pass++)
            {
                for (var i = 0; i < scenarios.Count; i++)
                {
                    var (time, _) = await BatchAsync(scenarios[i], counts[i]);
                    fastest[i] = Math.Min(fastest[i], time.TotalNanoseconds / counts[i]);
                    counts[i] = (int)Math.Clamp(s_batch.TotalNanoseconds / fastest[i], 1, counts[i] * 4.0);
                }
            }
            // The tiers of the compiler wait for 100 ms in which nothing new is called.
            await Task.Delay(150);
            var before = compiled;
            compiled = JitInfo.GetCompiledMethodCount();
            quiet = compiled == before ? quiet + 1 : 0;
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
