using System.Runtime.CompilerServices;

namespace MeshClient.TestKit;

/// <summary>Waits for something that real sockets and processes bring about in their own time.</summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="condition">What must become true.</param>
    /// <param name="timeout">How long to ask; 15 s unless told.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="what">What the error says; the condition's own text unless told.</param>
    /// <exception cref="TimeoutException">It did not become true in time.</exception>
    public static async Task True(
        Func<Task<bool>> condition,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var limit = timeout ?? DefaultTimeout;
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException($"Still not so after {limit.TotalSeconds:0.#} s: {what}");
            }
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <inheritdoc cref="True(Func{Task{bool}}, TimeSpan?, CancellationToken, string)"/>
    public static Task True(
        Func<bool> condition,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default,
        [CallerArgumentExpression(nameof(condition))] string what = "") =>
        True(() => Task.FromResult(condition()), timeout, cancellationToken, what);
}
