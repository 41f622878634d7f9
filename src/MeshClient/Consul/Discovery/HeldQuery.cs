using System.Globalization;
using MeshClient.Consul.Api;
using MeshClient.Primitives;

namespace MeshClient.Consul.Discovery;

/// <summary>What a step of a held query brought: a value or a fault, and how long to rest after it.</summary>
internal readonly record struct HeldStep<T>(T? Value, ConsulException? Fault, TimeSpan Rest)
    where T : class
{
    /// <summary>The kind of the fault: the answer's status, or what kept an answer from coming.</summary>
    public string ErrorType => Fault?.StatusCode is { } status
        ? ((int)status).ToString(CultureInfo.InvariantCulture)
        : (Fault?.InnerException ?? Fault)?.GetType().FullName ?? "_OTHER";
}

/// <summary>One thing of Consul's that is waited on, by the rules of <see cref="ConsulWatch"/>: index, back-off, pace. A step is one query.</summary>
/// <param name="ask">Asks once.</param>
/// <param name="options">How long to wait.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Draws the jitter.</param>
internal sealed class HeldQuery<T>(
    Func<BlockingQuery, CancellationToken, Task<Indexed<T>>> ask, ConsulOptions options, TimeProvider time, IRandomSource random)
    where T : class
{
    private TokenBucket _pace = new(time.GetUtcNow());
    private ulong _index;
    private int _failures;

    /// <summary>Asks once, when the pace allows it. Failures are told; only cancellation is thrown.</summary>
    public async Task<HeldStep<T>> StepAsync(CancellationToken cancellationToken)
    {
        if (_pace.Take(time.GetUtcNow()) is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        try
        {
            // After a failure the query must answer at once: a held one would hide for half a minute that all is well again.
            var answer = await ask(new BlockingQuery(_failures > 0 ? 0 : _index, options.WaitTime), cancellationToken).ConfigureAwait(false);
            _index = ConsulIndex.Next(_index, answer.Index);
            _failures = 0;
            return new HeldStep<T>(answer.Value, null, answer.Index is null ? options.PollInterval : TimeSpan.Zero);
        }
        catch (ConsulException fault)
        {
            return new HeldStep<T>(null, fault, ConsulBackoff.After(++_failures, fault, random));
        }
    }
}
