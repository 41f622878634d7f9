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
    private const int MostReasons = 16;

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
    private readonly HashSet<string> _said = [];
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

    /// <summary>Whether there has been a leaf and somebody to trust; the leaf may have expired since.</summary>
    public bool IsReady => _ready.Task.IsCompleted;

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
    /// <returns>False when there was none in time, or the one there was is expired.</returns>
    public async Task<bool> WaitUntilReadyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        Start();
        try
        {
            await _ready.Task.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }
        return Current.IsUsable(_time.GetUtcNow());
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

    private Task RunAsync() => SourceLoop.RunAsync(
        _source.WatchAsync, Take,
        error =>
        {
            if (error is null)
                Doubt("The source of the identity ended its stream of updates; it is started again.", "_OTHER");
            else
                Doubt($"The source of the identity failed and is started again: {error.Message}", TypeOf(error));
        },
        s_restart, _random, _time, _stop.Token);

    private bool Take(IdentityUpdate update)
    {
        switch (update)
        {
            case IdentityUpdate.Material(var material):
                try
                {
                    Publish(MaterialReader.Read(material, Current, _time.GetUtcNow()));
                    return true;
                }
                catch (CryptographicException error)
                {
                    Doubt($"What the source delivered cannot be used: {error.Message}", TypeOf(error));
                    return false;
                }
            case IdentityUpdate.Fault fault:
                Doubt(fault.Reason, fault.ErrorType);
                return false;
            default:
                throw new InvalidOperationException($"Expected material or a fault, found {update?.GetType().Name ?? "null"}.");
        }
    }

    private void Publish(WorkloadIdentity next)
    {
        lock (_turn)
        {
            var before = _current;
            Recovered();
            if (next == before)
                return;
            Volatile.Write(ref _current, next);
            if (next.Leaf is { } leaf && leaf != before.Leaf)
                _logger.LeafInForce(leaf.Id, leaf.NotAfter.UtcDateTime, next.Bundle!.Roots.Length);
            else
                _logger.BundleInForce(next.Bundle!.TrustDomain, next.Bundle.Roots.Length);
            if (next.Leaf != before.Leaf)
                _metrics.Updated("leaf");
            if (next.Bundle != before.Bundle)
                _metrics.Updated("bundle");
            WatchExpiry(next);
            foreach (var reader in Delegate.EnumerateInvocationList(Changed))
                Tell(reader, next);
            if (next.Leaf is not null)
                _ready.TrySetResult();
        }
    }

    // One reader that fails must not keep the change from the others, nor end the loop.
    private void Tell(Action<WorkloadIdentity> reader, WorkloadIdentity next)
    {
        try
        {
            reader(next);
        }
        catch (Exception error)
        {
            _logger.ReaderFailed(error);
        }
    }

    private void Recovered()
    {
        if (_trouble is null)
            return;
        _logger.SourceRecovered();
        _said.Clear();
        Volatile.Write(ref _trouble, null);
    }

    // Each reason is said once: a source that is away for long fails every few seconds, and by turns for more than one.
    private void Doubt(string reason, string errorType)
    {
        _metrics.Failed(errorType);
        if (_trouble is null || (_said.Count < MostReasons && !_said.Contains(reason)))
            _logger.SourceInTrouble(InUse(), reason);
        else
            _logger.SourceStillInTrouble(reason);
        if (_said.Count < MostReasons)
            _said.Add(reason);
        Volatile.Write(ref _trouble, reason);
    }

    private string InUse() => Current.Leaf is not { } leaf
        ? "there is no leaf yet"
        : FormattableString.Invariant($"the leaf in use {(leaf.NotAfter > _time.GetUtcNow() ? "is" : "was")} valid until {leaf.NotAfter.UtcDateTime:u}");

    // Renewal is the source's business; near the end something is wrong that somebody should know of.
    private void WatchExpiry(WorkloadIdentity identity)
    {
        if (identity.Leaf is not { } leaf)
            return;
        var now = _time.GetUtcNow();
        var due = leaf.NearExpiry > now ? leaf.NearExpiry : leaf.NotAfter;
        var wait = due - now;
        _expiry.Change(wait > TimeSpan.Zero ? Clamp(wait) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void OnExpiry()
    {
        if (Current.Leaf is not { } leaf)
            return;
        var now = _time.GetUtcNow();
        if (now >= leaf.NotAfter)
            _logger.LeafExpired(leaf.Id, leaf.NotAfter.UtcDateTime);
        else if (now >= leaf.NearExpiry)
            _logger.LeafNearExpiry(leaf.Id, leaf.NotAfter.UtcDateTime, Trouble ?? "The source has delivered no new one.");
        WatchExpiry(Current);
    }

    private static string TypeOf(Exception error) => error.GetType().FullName!;

    // Timers take less than 50 days.
    private static TimeSpan Clamp(TimeSpan wait) => wait < TimeSpan.FromDays(1) ? wait : TimeSpan.FromDays(1);
}
