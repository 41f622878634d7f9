using System.Collections.Immutable;
using MeshClient.Balancing;
using MeshClient.Balancing.Shaping;
using MeshClient.Discovery;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.Measures;
using MeshClient.Model;
using MeshClient.OutlierDetection;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;
using Strategies = Polly.ResiliencePipeline<System.Net.Http.HttpResponseMessage>;

namespace MeshClient.Clusters;

/// <summary>
/// One target of calls: joins what the registry says of a service with how its endpoints do, and publishes a picker. What changes the set of
/// endpoints happens under one lock and off the path of calls; a call reads one reference.
/// </summary>
internal sealed partial class Cluster : IDisposable
{
    private readonly Lock _turn = new();
    private readonly ClusterServices _services;
    private readonly EndpointTable _table = new();
    private readonly EjectionLedger _ledger;
    private readonly RetiredTransports _retired = new();
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private IServiceWatch? _watch;
    private UpstreamOptions _options;
    private CallPolicies _policies;
    private IDisposable? _queueGauge;
    private ClusterState _state;
    private bool _disposed;

    public Cluster(string name, ServiceName service, UpstreamOptions options, TimeSpan firstSnapshotTimeout, ClusterServices services)
    {
        Name = name;
        Service = service;
        FirstSnapshotTimeout = firstSnapshotTimeout;
        _services = services;
        _options = options;
        _policies = CallPolicies.Of(options, before: null, services.Time);
        Strategies = StrategyRegistration.Build(services.Strategies, name, services.Time);
        _ledger = new EjectionLedger(options.OutlierDetection, services.Random);
        Budget = new RetryBudget(options.Retry);
        _state = ClusterState.Build(WatchState.Empty, [], CreatePicker, options.Balancing.PanicThresholdPercent, IsSecure);
        _timer = services.Time.CreateDetachedTimer(static state => ((Cluster)state!).OnTimer(), this);
    }

    /// <summary>The mesh's name of the service, as it stands in URLs.</summary>
    public string Name { get; }

    /// <summary>The registry's name of the service.</summary>
    public ServiceName Service { get; }

    /// <summary>How long a call waits for the registry's first word.</summary>
    public TimeSpan FirstSnapshotTimeout { get; set; }

    /// <summary>The settings in force.</summary>
    public UpstreamOptions Options => Volatile.Read(ref _options);

    /// <summary>The retries that may still be made.</summary>
    public RetryBudget Budget { get; }

    /// <summary>What its gRPC calls keep of the requests they stream.</summary>
    public ReplayMemory Replays { get; } = new();

    /// <summary>The strategies that the application puts around each call; null = none.</summary>
    public Strategies? Strategies { get; }

    /// <summary>Runs retries; null = there are none.</summary>
    public RetryPipeline? Retries => Volatile.Read(ref _policies).Retries;

    /// <summary>The places of attempts; null = nothing is limited.</summary>
    public CallLimiter? Limiter => Volatile.Read(ref _policies).Limiter;

    /// <summary>The latencies that hedges go by; null = none do.</summary>
    public LatencyHistogram? Latencies => Volatile.Read(ref _policies).Latencies;

    /// <summary>How the load that answers report is taken in; null = it is not read.</summary>
    public WeightedRoundRobinOptions? LoadReports => Volatile.Read(ref _policies).LoadReports;

    /// <summary>Writes the time that a call has left.</summary>
    public TimeoutText TimeoutText => Volatile.Read(ref _policies).TimeoutText;

    /// <summary>Whether a call needs nothing but an endpoint: registry and own identity are there, and there are neither limits nor hedges.</summary>
    public bool IsPlain => Volatile.Read(ref _policies).IsPlain && IsKnown && _services.Security.IsReady;

    /// <summary>The pool of attempts' tokens.</summary>
    public AttemptScope.Pool Scopes => _services.Scopes;

    /// <summary>The process's clock.</summary>
    public TimeProvider Time => _services.Time;

    /// <summary>What calls are counted by.</summary>
    public ClusterMetrics Metrics => _services.Metrics;

    /// <summary>The spans and durations of calls.</summary>
    public CallTelemetry Telemetry => _services.Telemetry;

    /// <summary>Makes the loggers of what is said of calls.</summary>
    public ILoggerFactory Loggers => _services.Loggers;

    /// <summary>The process's random source.</summary>
    public IRandomSource Random => _services.Random;

    /// <summary>What calls go by now.</summary>
    public ClusterState State => Volatile.Read(ref _state);

    /// <summary>All endpoints that the registry knows, whoever of them may be called.</summary>
    public ImmutableArray<EndpointState> Endpoints => _table.Current;

    /// <summary>Whether the registry has said anything yet.</summary>
    public bool IsKnown => _known.Task.IsCompleted;

    /// <summary>When the last call came, for the table that drops clusters nobody uses.</summary>
    public TimeSpan LastUsed { get; private set; }

    /// <summary>Begins to watch the service, once.</summary>
    public void Start()
    {
        lock (_turn)
        {
            if (_watch is not null || _disposed)
                return;
            LastUsed = Time.Now();
            TrackQueue();
            _watch = _services.Watches.Watch(Service, OnWatch);
        }
    }

    /// <summary>Waits for this process's own identity, where it needs one.</summary>
    public Task WaitForIdentityAsync(TimeSpan limit, CancellationToken cancellationToken) => _services.Security.WaitUntilReadyAsync(limit, cancellationToken);

    /// <summary>Whether this process can prove who it is, where it needs to.</summary>
    public bool HasIdentity => _services.Security.IsReady;

    /// <summary>Waits for the registry's first word.</summary>
    /// <returns>False when it did not come in time.</returns>
    public async Task<bool> WaitUntilKnownAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _known.Task.WaitAsync(limit, Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            // Its word may have come with the last tick.
            return IsKnown;
        }
    }

    /// <summary>Chooses an endpoint, away from those tried before; null when there is none that may be called.</summary>
    public EndpointState? Pick(in PickContext context)
    {
        var state = State;
        var chosen = state.Picker.Pick(context);
        // Users' pickers need not know of retries; a picker that heeds them itself has chosen an untried one already.
        return context.Tried.IsEmpty ? chosen : Untried.Or(chosen, state.Available.AsSpan(), context, (uint)Random.NextBits());
    }

    /// <summary>Counts a call.</summary>
    public void Begin(TimeSpan now)
    {
        Budget.Deposit(now);
        LastUsed = now;
    }

    /// <summary>Takes in how an attempt ended; the endpoint's own measures have recorded it already.</summary>
    public void Completed(EndpointState endpoint, Outcome outcome, TimeSpan now)
    {
        if (_ledger.Observe(endpoint, outcome, now) is not { } change)
            return;
        ClusterLog.Changed(_services, Name, change);
        if (change.ChangesAvailability)
        {
            lock (_turn)
                Rebuild(State.Watch);
        }
    }

    /// <summary>Takes new settings; endpoints' states, the budget and, unless their own settings changed, connections stay.</summary>
    public void Update(UpstreamOptions options)
    {
        lock (_turn)
        {
            var before = _options;
            Volatile.Write(ref _options, options);
            Volatile.Write(ref _policies, CallPolicies.Of(options, _policies, Time));
            TrackQueue();
            if (!before.Transport.IsLike(options.Transport))
                ReplaceAll(RetiredTransports.Grace, before.Timeout);
            Budget.Update(options.Retry);
            _ledger.Update(options.OutlierDetection);
            TrackStreams();
            Rebuild(State.Watch);
        }
    }

    public void Dispose()
    {
        lock (_turn)
        {
            if (_disposed)
                return;
            _disposed = true;
            _watch?.Dispose();
            _queueGauge?.Dispose();
            _timer.Dispose();
            StopStreams();
            _retired.DisposeAll();
            foreach (var endpoint in _table.Current)
                (endpoint.ExchangeTransport(null) as IDisposable)?.Dispose();
        }
    }

    private void OnWatch(WatchState watch)
    {
        lock (_turn)
        {
            if (_disposed)
                return;
            ClusterLog.Emptied(_services, this, State.Watch, watch);
            if (watch.LastGood is { } snapshot && !ReferenceEquals(snapshot, State.Watch.LastGood))
            {
                var changes = _table.Apply(snapshot.Endpoints, Time.Now());
                foreach (var gone in changes.Removed)
                    _retired.Add(gone, Time.Now());
                _ledger.Track(changes.Current);
                TrackStreams();
            }
            Rebuild(watch);
        }
        if (watch.LastGood is not null)
            _known.TrySetResult();
    }

    private void OnTimer()
    {
        lock (_turn)
        {
            if (_disposed)
                return;
            var now = Time.Now();
            (State.Picker as IReviewedPicker)?.Review(now);
            if (NextDue is not { } due || due > now)
            {
                SetTimer(now);
                return;
            }
            _retired.Advance(now);
            foreach (var change in _ledger.Advance(now))
                ClusterLog.Changed(_services, Name, change);
            Rebuild(State.Watch);
        }
    }

    private void Rebuild(WatchState watch)
    {
        var before = _state;
        Volatile.Write(ref _state, ClusterState.Build(watch, _table.Current, CreatePicker, Options.Balancing.PanicThresholdPercent, IsSecure));
        SetTimer(Time.Now());
        // There may be endpoints with room now.
        Limiter?.Wake();
        ClusterLog.Changed(_services.Logger, Name, before, _state);
    }

    private TimeSpan? NextDue => Earlier(_ledger.NextDue(), _retired.NextDue);

    private void SetTimer(TimeSpan now)
    {
        var due = Earlier(NextDue, (_state.Picker as IReviewedPicker)?.NextReview);
        var wait = due is { } at ? TimeSpan.FromTicks(Math.Max(0, (at - now).Ticks)) : Timeout.InfiniteTimeSpan;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void TrackQueue()
    {
        if (Limiter is { } limiter)
            _queueGauge ??= Metrics.TrackQueued(Name, () => limiter.Queued);
    }

    private IPicker CreatePicker(ImmutableArray<EndpointState> endpoints)
    {
        var options = Options;
        return _services.Pickers.Get(options.LoadBalancing, $"Mesh:Upstreams:{Name}:{nameof(options.LoadBalancing)}")(
            new PickerContext(endpoints, Random, Time, options.Balancing));
    }

    private static TimeSpan? Earlier(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b ?? a : a;
}
