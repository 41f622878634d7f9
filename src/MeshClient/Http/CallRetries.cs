using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>The attempts of one call after the first: whether there is another, after which wait, and away from the endpoints tried.</summary>
internal sealed class CallRetries : RetryRun
{
    private readonly Call _call;
    private readonly EndpointState[] _tried;
    private readonly int _maxAttempts;
    private AttemptResult _last;
    private bool _begun;

    public CallRetries(in Call call, AttemptResult first, int maxAttempts)
    {
        _call = call;
        _last = first;
        _maxAttempts = maxAttempts;
        _tried = new EndpointState[maxAttempts];
        Note(first);
    }

    /// <summary>Attempts made so far, the first included.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether the last answer was thrown away for a next attempt that never came, since the caller cancelled first.</summary>
    public bool LastIsSpent { get; private set; }

    public override async ValueTask<AttemptResult> NextAsync()
    {
        if (!_begun)
        {
            _begun = true;
            return _last;
        }
        LastIsSpent = false;
        _last = await CallPipeline.TryOnceAsync(_call, _tried.AsMemory(0, Attempts)).ConfigureAwait(false);
        Note(_last);
        return _last;
    }

    public override bool Plan(AttemptResult last)
    {
        if (!FailureClassifier.IsRetryable(last.Outcome) || !(_call.CanResend || FailureClassifier.NeverLeft(last.Outcome)))
            return false;
        var cluster = _call.Cluster;
        var now = cluster.Time.Now();
        Delay = new Backoff(cluster.Options.Retry.BaseDelay, cluster.Options.Retry.MaxDelay).FullJitter(Attempts, cluster.Random.NextDouble());
        if (last.Response is { } response)
        {
            var asked = RetryAfter.Of(response, cluster.Time.GetUtcNow()) ?? TimeSpan.Zero;
            if (asked > Delay)
                Delay = asked;
            if (response.Headers.NonValidated.Contains(MeshHeaders.DoNotRetry))
                return GiveUp();
        }
        // A wait that the deadline would cut short is not begun: the caller gets the answer there is.
        if (Attempts >= _maxAttempts || Delay >= _call.Deadline.Left(now))
            return GiveUp();
        if (!cluster.Budget.TryWithdraw(now))
        {
            cluster.Metrics.RetryDenied(cluster.Name);
            return GiveUp();
        }
        cluster.Metrics.Retried(cluster.Name);
        // Now and not at the next attempt: the wait must not count as load of the endpoint.
        last.Response?.Dispose();
        LastIsSpent = true;
        return true;
    }

    private bool GiveUp()
    {
        _call.Inbound?.NoteGaveUp();
        return false;
    }

    private void Note(AttemptResult result)
    {
        if (result.Endpoint is { } endpoint && Attempts < _tried.Length)
            _tried[Attempts++] = endpoint;
    }
}
