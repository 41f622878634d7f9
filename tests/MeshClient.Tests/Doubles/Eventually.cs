using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Doubles;

/// <summary>Waits for what a loop does on its own thread; the bound only ends a test that would fail anyway.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static async Task True(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (!condition())
            await Task.Delay(1, bound.Token);
    }

    /// <summary>Moves virtual time in small steps until the condition holds.</summary>
    public static async Task True(FakeTimeProvider time, TimeSpan step, Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (!condition())
        {
            time.Advance(step);
            await Task.Delay(1, bound.Token);
        }
    }
}
