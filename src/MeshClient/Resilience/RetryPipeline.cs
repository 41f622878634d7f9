using Polly;
using Polly.Retry;

namespace MeshClient.Resilience;

/// <summary>
/// The one place where Polly's strategies are ordered. It holds the retries; the time limits of a call and of an attempt are
/// <see cref="Deadline"/> and <see cref="AttemptScope"/>, since a timeout strategy costs every call two linked sources.
/// </summary>
internal sealed class RetryPipeline
{
    private static readonly ResiliencePropertyKey<RetryRun> s_run = new("mesh.run");
    private readonly ResiliencePipeline<AttemptResult> _pipeline;

    /// <param name="maxAttempts">Attempts in all, at least 2.</param>
    /// <param name="time">Whose clock the waits go by.</param>
    public RetryPipeline(int maxAttempts, TimeProvider time) =>
        _pipeline = new ResiliencePipelineBuilder<AttemptResult> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<AttemptResult>
            {
                MaxRetryAttempts = maxAttempts - 1,
                ShouldHandle = static args => new(args.Outcome.Exception is null && Run(args.Context).Plan(args.Outcome.Result)),
                DelayGenerator = static args => new(Run(args.Context).Delay),
            })
            .Build();

    /// <summary>Runs the attempts until one succeeds or no other may follow.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled during a wait.</exception>
    public async ValueTask<AttemptResult> RunAsync(RetryRun run, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(s_run, run);
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static async (_, run) => Outcome.FromResult(await run.NextAsync().ConfigureAwait(false)), context, run).ConfigureAwait(false);
            outcome.ThrowIfException();
            return outcome.Result;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static RetryRun Run(ResilienceContext context) => context.Properties.GetValue(s_run, null!);
}
