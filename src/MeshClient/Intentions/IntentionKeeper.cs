using MeshClient.Identity;
using MeshClient.Matching;
using MeshClient.Primitives;
using Microsoft.Extensions.Logging;

namespace MeshClient.Intentions;

/// <summary>
/// Keeps who may call this process: one loop reads the source and publishes each change whole. What was good stays in use through every trouble of the
/// source; until there is anything, every request is denied.
/// </summary>
internal sealed class IntentionKeeper : IAsyncDisposable, IDisposable
{
    private static readonly Backoff s_restart = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(30));

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _turn = new();
    private readonly IIntentionSource _source;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly IntentionMetrics _metrics;
    private readonly ILogger _logger;
    private IntentionTable? _current;
    private string? _trouble;
    private Task _running = Task.CompletedTask;
    private bool _started;

    public IntentionKeeper(IIntentionSource source, TimeProvider time, IRandomSource random, IntentionMetrics metrics, ILogger<IntentionKeeper> logger)
    {
        _source = source;
        _time = time;
        _random = random;
        _metrics = metrics;
        _logger = logger;
        _metrics.Track(() => Current);
    }

    /// <summary>Called after the intentions have changed, one call at a time: what goes on for longer is decided again.</summary>
    public event Action<IntentionTable>? Changed;

    /// <summary>The intentions in force; null = nothing is known yet, and nobody may call.</summary>
    public IntentionTable? Current => Volatile.Read(ref _current);

    /// <summary>Why the source cannot be read, in one sentence; null = it can.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Decides a request by the intentions in force.</summary>
    /// <param name="source">The caller as its certificate proves it; null = it has proved nothing.</param>
    /// <param name="request">The request.</param>
    public IntentionDecision Decide(SpiffeId? source, in RequestFacts request) =>
        Current is { } table ? table.Decide(source, request) : IntentionDecision.NothingKnown;

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

    /// <summary>Waits until the intentions are known.</summary>
    /// <returns>False when they were not in time.</returns>
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

    public void Dispose() => _stop.Cancel();

    private Task RunAsync() => SourceLoop.RunAsync(
        _source.WatchAsync, Take,
        error => Doubt(error is null
            ? new IntentionUpdate.Fault("The source of the intentions ended its stream of updates; it is started again.")
            : new IntentionUpdate.Fault($"The source of the intentions failed and is started again: {error.Message}", error)),
        s_restart, _random, _time, _stop.Token);

    private bool Take(IntentionUpdate update)
    {
        switch (update)
        {
            case IntentionUpdate.Known(var set):
                Publish(set);
                return true;
            case IntentionUpdate.Fault fault:
                Doubt(fault);
                return false;
            default:
                throw new InvalidOperationException($"Expected intentions or a fault, found {update?.GetType().Name ?? "null"}.");
        }
    }

    private void Publish(IntentionSet set)
    {
        var table = set.Equals(_current?.Set) ? null : new IntentionTable(set);
        if (table is not null)
            Volatile.Write(ref _current, table);
        // Whatever listens to the log or the metrics may fail: the change is told all the same.
        try
        {
            if (_trouble is not null)
                _logger.SourceRecovered();
            if (table is not null)
                Say(table);
        }
        finally
        {
            Volatile.Write(ref _trouble, null);
            if (table is not null)
            {
                foreach (var reader in Delegate.EnumerateInvocationList(Changed))
                    Tell(reader, table);
                _ready.TrySetResult();
            }
        }
    }

    private void Say(IntentionTable table)
    {
        var set = table.Set;
        _metrics.Updated(set.Destination);
        _logger.InForce(set.Intentions.Length, set.Destination, set.AllowByDefault ? "allow" : "deny");
        foreach (var (rule, fault) in table.Faults)
            _logger.NotUnderstood(rule, fault);
    }

    private void Tell(Action<IntentionTable> reader, IntentionTable table)
    {
        try
        {
            reader(table);
        }
        catch (Exception error)
        {
            _logger.ReaderFailed(error);
        }
    }

    private void Doubt(IntentionUpdate.Fault fault)
    {
        _metrics.Failed(fault.ErrorType);
        if (Volatile.Read(ref _trouble) is not null)
            _logger.SourceStillInTrouble(fault.Reason);
        else
            _logger.SourceInTrouble(Current is null ? "none are known, so every request is denied" : "those that were read last stay in force", fault.Reason);
        Volatile.Write(ref _trouble, fault.Reason);
    }
}
