namespace MeshClient.Primitives;

/// <summary>Reads a stream of updates for as long as somebody wants it: one that ends or fails is started again, after waits that grow while nothing good comes.</summary>
internal static class SourceLoop
{
    /// <summary>Runs until it is stopped.</summary>
    /// <param name="watch">Begins a stream.</param>
    /// <param name="take">Takes an update in; true = the source works, and the next wait is a short one.</param>
    /// <param name="doubt">Told of a stream that ended, or failed by the exception.</param>
    /// <param name="restart">The waits.</param>
    /// <param name="random">Their jitter.</param>
    /// <param name="time">The clock they go by.</param>
    /// <param name="stop">Ends the loop.</param>
    public static async Task RunAsync<T>(
        Func<CancellationToken, IAsyncEnumerable<T>> watch, Func<T, bool> take, Action<Exception?> doubt, Backoff restart, IRandomSource random,
        TimeProvider time, CancellationToken stop)
    {
        for (var attempt = 1; !stop.IsCancellationRequested; attempt++)
        {
            Exception? failure = null;
            try
            {
                await foreach (var update in watch(stop).WithCancellation(stop).ConfigureAwait(false))
                {
                    if (take(update))
                        attempt = 1;
                }
            }
            catch (Exception error)
            {
                failure = error;
            }
            if (stop.IsCancellationRequested)
                return;
            try
            {
                doubt(failure);
            }
            catch (Exception)
            {
                // A logger or a picker of the application's may have thrown: the stream is begun again all the same.
            }
            await Task.Delay(restart.EqualJitter(attempt, random.NextDouble()), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
