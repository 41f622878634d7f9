using System.Diagnostics;

namespace MeshClient.TestKit;

/// <summary>Calls at a steady rate that do not wait for one another, up to a bound on how many are under way.</summary>
/// <param name="perSecond">How many calls a second; fewer where the bound is reached.</param>
/// <param name="atATime">The bound.</param>
public sealed class SteadyLoad(int perSecond, int atATime = 64)
{
    /// <summary>Makes calls until told to stop, and returns when the last has ended.</summary>
    /// <param name="goesOn">Asked before each call, with the number of calls made.</param>
    /// <param name="call">Makes one; must not throw.</param>
    /// <returns>How many calls were made.</returns>
    public async Task<int> RunAsync(Func<int, bool> goesOn, Func<int, Task> call)
    {
        using var places = new SemaphoreSlim(atATime);
        var clock = Stopwatch.StartNew();
        var calls = 0;
        for (; goesOn(calls); calls++)
        {
            await places.WaitAsync();
            _ = OneAsync(calls);
            var wait = (TimeSpan.FromSeconds(1) / perSecond * (calls + 1)) - clock.Elapsed;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }
        }
        for (var i = 0; i < atATime; i++)
        {
            await places.WaitAsync();
        }
        return calls;

        async Task OneAsync(int number)
        {
            try
            {
                await call(number);
            }
            finally
            {
                places.Release();
            }
        }
    }
}
