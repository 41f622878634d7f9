using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Checks;

/// <summary>Runs a probe at its interval, the first time at a random point within the first one, until it is disposed.</summary>
internal sealed class ProbeLoop : IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly CheckDefinition check;
    private readonly Action<ProbeResult> report;
    private readonly TimeProvider time;
    private readonly ProbeThreshold threshold;

    private ProbeLoop(CheckDefinition check, Action<ProbeResult> report, TimeProvider time)
    {
        this.check = check;
        this.report = report;
        this.time = time;
        threshold = new ProbeThreshold(check.SuccessBeforePassing, check.FailuresBeforeCritical);
    }

    public static ProbeLoop Start(CheckDefinition check, Action<ProbeResult> report, TimeProvider time, IRandomSource random)
    {
        var loop = new ProbeLoop(check, report, time);
        _ = loop.RunAsync(random.Stagger(check.Interval), loop.stop.Token);
        return loop;
    }

    // The source stays undisposed: a run in flight still holds its token.
    public void Dispose() => stop.Cancel();

    private async Task RunAsync(TimeSpan firstDelay, CancellationToken stopped)
    {
        using IProbe probe = check.Kind == CheckKind.Http ? new HttpProbe(check) : new TcpProbe(check.Target);
        try
        {
            await Task.Delay(firstDelay, time, stopped).ConfigureAwait(false);
            while (true)
            {
                var result = await RunOnceAsync(probe, stopped).ConfigureAwait(false);
                if (threshold.Accepts(result.Status))
                {
                    report(result);
                }
                await Task.Delay(check.Interval, time, stopped).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
        }
    }

    private async Task<ProbeResult> RunOnceAsync(IProbe probe, CancellationToken stopped)
    {
        var limit = check.Timeout > TimeSpan.Zero ? check.Timeout : DefaultTimeout;
        using var patience = new CancellationTokenSource(limit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopped);
        try
        {
            return await probe.RunAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stopped.IsCancellationRequested)
        {
            return new(HealthStatus.Critical, $"{check.Target}: no answer within {limit.TotalSeconds:0.###} s");
        }
    }
}
