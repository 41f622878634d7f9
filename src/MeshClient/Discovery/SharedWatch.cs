using System.Collections.Immutable;
using MeshClient.Model;
using MeshClient.Primitives;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery;

/// <summary>The one loop that watches a service: it keeps the last good set through every trouble and starts a broken stream again.</summary>
internal sealed class SharedWatch
{
    private static readonly Backoff Restart = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(30));

    private readonly CancellationTokenSource _stop = new();
    private readonly WatchTools _tools;
    private ImmutableArray<WatchView> _views = [];
    private WatchState _current = WatchState.Empty;

    public SharedWatch(ServiceName service, WatchTools tools)
    {
        Service = service;
        _tools = tools;
    }

    public ServiceName Service { get; }

    public WatchState Current => Volatile.Read(ref _current);

    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the loop apart from the caller: neither its activity nor its other ambient values live on in it.</summary>
    public void Start()
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            Completion = Task.Run(RunAsync);
    }

    public void Stop() => _stop.Cancel();

    public void Add(WatchView view) => ImmutableInterlocked.Update(ref _views, (views, added) => views.Add(added), view);

    /// <summary>Takes a reader away; true = it was the last one.</summary>
    public bool Remove(WatchView view)
    {
        ImmutableInterlocked.Update(ref _views, (views, gone) => views.Remove(gone), view);
        return _views.IsEmpty;
    }

    private async Task RunAsync()
    {
        using var age = _tools.Metrics.TrackSnapshotAge(Service.ToString(), Age);
        await SourceLoop.RunAsync(
            stop => _tools.Registry.WatchAsync(Service, stop), Take,
            error => Apply(error is null
                ? new RegistryUpdate.Fault("The registry ended its stream of updates; it is started again.")
                : new RegistryUpdate.Fault($"The registry's stream of updates failed and is started again: {error.Message}", error)),
            Restart, _tools.Random, _tools.Time, _stop.Token).ConfigureAwait(false);
    }

    private bool Take(RegistryUpdate update)
    {
        Apply(update);
        return update is RegistryUpdate.Snapshot;
    }

    private void Apply(RegistryUpdate update)
    {
        var before = Current;
        var after = before.Next(update, _tools.Time.GetUtcNow());
        Report(update, before, after);
        if (after == before)
            return;
        Volatile.Write(ref _current, after);
        foreach (var view in _views)
            view.Deliver();
    }

    private void Report(RegistryUpdate update, WatchState before, WatchState after)
    {
        _tools.Metrics.Updated(Service.ToString(), update.TagValue);
        if (update is RegistryUpdate.Fault fault)
            _tools.Metrics.DiscoveryError(Service.ToString(), fault.ErrorType);
        switch (before.Trouble, after.Trouble)
        {
            case (null, { } trouble):
                _tools.Logger.TroubleBegan(Service, after.LastGood?.Endpoints.Length ?? 0, trouble);
                break;
            case ({ }, { } trouble):
                _tools.Logger.TroubleGoesOn(Service, trouble);
                break;
            case ({ }, null):
                _tools.Logger.Recovered(Service, after.LastGood?.Endpoints.Length ?? 0);
                break;
        }
    }

    private TimeSpan? Age()
    {
        var state = Current;
        if (state.LastGood is null)
            return null;
        return state.StaleSince is { } since ? _tools.Time.GetUtcNow() - since : TimeSpan.Zero;
    }
}

/// <summary>What every watch of a process works with.</summary>
internal sealed record WatchTools(IServiceRegistry Registry, TimeProvider Time, IRandomSource Random, MeshMetrics Metrics, ILogger Logger);
