using System.Diagnostics;
using System.Globalization;
using Xunit.Sdk;

namespace MeshClient.FuzzTests.Fuzzing;

/// <summary>
/// Feeds a target: a fixed number of inputs from fixed seeds in an ordinary test run, and for a bounded time from fresh ones where
/// MESHCLIENT_FUZZ_SECONDS is set (the seconds of all targets together). Input number n is made from seed + n, so a failure is repeated by
/// its own seed alone: MESHCLIENT_FUZZ_SEED.
/// </summary>
internal static class FuzzRun
{
    private const int LongestShown = 4096;

    // No input takes a hundredth of this; it is there to end a hang, not to measure.
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    /// <summary>How many inputs were taken.</summary>
    public static async Task<int> FeedAsync(IFuzzTarget target, double share)
    {
        var seconds = Number("MESHCLIENT_FUZZ_SECONDS") * share;
        var seed = Number("MESHCLIENT_FUZZ_SEED") ?? (seconds is null ? 1 : Environment.TickCount & 0xFFFFFF);
        var watch = Stopwatch.StartNew();
        // The first inputs also pay for what is made once a process.
        for (var warmUp = 0; warmUp < 3; warmUp++)
            await target.TakeAsync(target.Make(new Mutator(warmUp)));
        var count = 0;
        for (; seconds is { } limit ? watch.Elapsed.TotalSeconds < limit || count == 0 : count < target.Inputs; count++)
            await TakeAsync(target, (int)seed + count);
        return count;
    }

    private static async Task TakeAsync(IFuzzTarget target, int seed)
    {
        var input = target.Make(new Mutator(seed));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        try
        {
            await Task.Run(() => target.TakeAsync(input)).WaitAsync(s_hang);
        }
        catch (Exception exception)
        {
            throw new XunitException(Describe(target, seed, input, exception is TimeoutException ? "It did not end." : exception.Message), exception);
        }
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        if (allocated > target.Allowance(input))
            throw new XunitException(Describe(target, seed, input, $"It allocated {allocated:N0} bytes, more than the {target.Allowance(input):N0} allowed."));
    }

    private static string Describe(IFuzzTarget target, int seed, byte[] input, string what)
    {
        var shown = input.AsSpan(0, Math.Min(input.Length, LongestShown));
        return string.Create(CultureInfo.InvariantCulture, $"""
            {target.GetType().Name} failed: {what}
            Repeat it by MESHCLIENT_FUZZ_SEED={seed}, which makes it the first input.
            The input ({input.Length} bytes{(shown.Length < input.Length ? ", the first of them" : "")}, Base64):
            {Convert.ToBase64String(shown)}
            """);
    }

    private static double? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
}
