using System.Collections.Concurrent;
using System.Diagnostics;

namespace MeshClient.FunctionalTests.Kit;

/// <summary>Two hundred calls a second of any kind, which wait for no answer, as many users together make them.</summary>
/// <param name="call">Makes a call of a number and tells which instance answered it; throws where it failed.</param>
internal sealed class CallLoad(Func<int, Task<string>> call)
{
    private static readonly TimeSpan s_gap = TimeSpan.FromMilliseconds(5);

    /// <summary>The calls that were answered, and by whom.</summary>
    public ConcurrentQueue<(int Call, string Server)> Answered { get; } = new();

    /// <summary>Why the others were not.</summary>
    public ConcurrentQueue<(int Call, Exception Error)> Failed { get; } = new();

    /// <summary>Makes calls and waits for the end of all.</summary>
    /// <param name="goesOn">Asked before each call.</param>
    public async Task RunAsync(Func<int, bool> goesOn)
    {
        var clock = Stopwatch.StartNew();
        var running = new List<Task>();
        for (var i = 0; goesOn(i); i++)
        {
            running.Add(MakeAsync(i));
            var wait = ((i + 1) * s_gap) - clock.Elapsed;
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
        }
        await Task.WhenAll(running);
    }

    private async Task MakeAsync(int number)
    {
        try
        {
            Answered.Enqueue((number, await call(number)));
        }
        catch (Exception error)
        {
            Failed.Enqueue((number, error));
        }
    }
}
