using System.Security.Cryptography;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;

namespace MeshClient.Identity;

/// <summary>
/// Keeps who this process is and whom it trusts: one loop reads the source and publishes each change whole. What was good stays in use through every
/// trouble of the source, until the leaf itself expires; material that cannot be used is refused and logged.
/// </summary>
internal sealed class IdentityKeeper : IAsyncDisposable, IDisposable
{
    private static readonly Backoff s_restart = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(30));

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _turn = new();
    private readonly IIdentitySource _source;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly IdentityMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ITimer _expiry;
    private WorkloadIdentity _current = WorkloadIdentity.None;
    private string? _trouble;
    private Task _running = Task.CompletedTask;
    private bool _started;

    public IdentityKeeper(IIdentitySource source, TimeProvider time, IRandomSource random, IdentityMetrics metrics, ILogger<IdentityKeeper> logger)
    {
        _source = source;
        _time = time;
        _random = random;
        _metrics = metrics;
        _logger = logger;
        _expiry = time.CreateDetachedTimer(static state => ((IdentityKeeper)state!).OnExpiry(), this);
        _metrics.Track(() => Current, () => _time.GetUtcNow());
    }

    /// <summary>Called after the identity has changed, one call at a time.</summary>
    public event Action<WorkloadIdentity>? Changed;

    /// <summary>The identity in force.</summary>
    public WorkloadIdentity Current => Volatile.Read(ref _current);

    /// <summary>Why the source cannot be read, in one sentence; null = it can.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Begins to read the source, once.</summary>
    public void Start()
    {
        lock (_turn)
        {
            if (_started || _stop.IsCancellationRequested)
                return;
            _started = true;
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
                _running = Task.Run(RunAsync);
        }
    }

    /// <summary>Waits until there is a leaf and somebody to trust.</summary>
    /// <returns>False when there was none in time.</returns>
    public async Task<bool> WaitUntilReadyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Start();
        try
        {
            await _ready.Task.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return _ready.Task.IsCompleted;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _expiry.Dispose();
    }

    private async Task RunAsync()
    {
        var attempt = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await foreach (var update in _source.WatchAsync(_stop.Token).WithCancellation(_stop.Token).ConfigureAwait(false))
                {
                    if (Take(update))
                        attempt = 0;
                }
                Doubt("The source of the identity ended its stream of updates; it is started again.", null);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Doubt($"The source of the identity failed and is started again: {error.Message}", error);
            }
            await Task.Delay(s_restart.EqualJitter(++attempt, _random.NextDouble()), _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool Take(IdentityUpdate update)
    {
        switch (update)
        {
            case IdentityUpdate.Material(var material):
                try
                {
                    Publish(Read(material));
                    return true;
                }
                catch (Exception error) when (error is CryptographicException or FormatException or ArgumentException)
                {
                    Doubt($"What the source delivered cannot be used: {error.Message}", error);
                    return false;
                }
            case IdentityUpdate.Fault(var reason, var cause):
                Doubt(reason, cause);
                return false;
            default:
                throw new InvalidOperationException($"Expected material or a fault, found {update?.GetType().Name ?? "null"}.");
        }
    }

    private WorkloadIdentity Read(IdentityMaterial material)
    {
        var bundle = TrustBundle.FromPem(material.TrustDomain, material.Roots);
        if (material.Certificates is null || material.PrivateKey is null)
            return Current with { Bundle = bundle };
        var leaf = LeafCertificate.FromPem(material.Certificates, material.PrivateKey);
        if (leaf.Id.TrustDomain != material.TrustDomain)
            throw new CryptographicException($"Expected a leaf of the trust domain \"{material.TrustDomain}\", found {leaf.Id}.");
        if (leaf.NotAfter <= _time.GetUtcNow())
            throw new CryptographicException($"Expected a leaf that is valid, found one that was so until {leaf.NotAfter.UtcDateTime:u}.");
        return new WorkloadIdentity(leaf, bundle);
    }

    private void Publish(WorkloadIdentity next)
    {
        lock (_turn)
        {
            var before = _current;
            Recovered();
            if (IsSame(before, next))
                return;
            Volatile.Write(ref _current, next);
            if (next.Leaf is { } leaf && leaf.Certificate.Thumbprint != before.Leaf?.Certificate.Thumbprint)
                _logger.LeafInForce(leaf.Id, leaf.NotAfter.UtcDateTime, next.Bundle!.Roots.Length);
            else if (next.Bundle != before.Bundle)
                _logger.BundleInForce(next.Bundle!.TrustDomain, next.Bundle.Roots.Length);
            _metrics.Updated(next.Leaf != before.Leaf ? "leaf" : "bundle");
            WatchExpiry(next);
            Changed?.Invoke(next);
            if (next.Leaf is not null)
                _ready.TrySetResult();
        }
    }

    private static bool IsSame(WorkloadIdentity a, WorkloadIdentity b) =>
        a.Bundle == b.Bundle && a.Leaf?.Certificate.Thumbprint == b.Leaf?.Certificate.Thumbprint;

    private void Recovered()
    {
        if (_trouble is null)
            return;
        _logger.SourceRecovered();
        Volatile.Write(ref _trouble, null);
    }

    private void Doubt(string reason, Exception? error)
    {
        _metrics.Failed(error?.GetType().FullName ?? "_OTHER");
        if (Volatile.Read(ref _trouble) is null)
            _logger.SourceInTrouble(reason, Current.Leaf?.NotAfter.UtcDateTime);
        else
            _logger.SourceStillInTrouble(reason);
        Volatile.Write(ref _trouble, reason);
    }

    // Renewal is the source's business, at 60 to 90% of the lifetime; at 95% something is wrong that somebody should know of.
    private void WatchExpiry(WorkloadIdentity identity)
    {
        if (identity.Leaf is not { } leaf)
            return;
        var now = _time.GetUtcNow();
        var warnAt = leaf.NotBefore + ((leaf.NotAfter - leaf.NotBefore) * 0.95);
        var due = warnAt > now ? warnAt : leaf.NotAfter;
        var wait = due - now;
        _expiry.Change(wait > TimeSpan.Zero ? Clamp(wait) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void OnExpiry()
    {
        if (Current.Leaf is not { } leaf)
            return;
        var left = leaf.NotAfter - _time.GetUtcNow();
        if (left <= TimeSpan.Zero)
            _logger.LeafExpired(leaf.Id, leaf.NotAfter.UtcDateTime);
        else if (left <= (leaf.NotAfter - leaf.NotBefore) * 0.05)
            _logger.LeafNearExpiry(leaf.Id, leaf.NotAfter.UtcDateTime, Trouble ?? "The source has delivered no new one.");
        WatchExpiry(Current);
    }

    // Timers take less than 50 days.
    private static TimeSpan Clamp(TimeSpan wait) => wait < TimeSpan.FromDays(1) ? wait : TimeSpan.FromDays(1);
}
