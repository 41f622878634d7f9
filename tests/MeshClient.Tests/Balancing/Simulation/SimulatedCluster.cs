using System.Collections.Immutable;
using MeshClient.Balancing;
using MeshClient.Balancing.Shaping;
using MeshClient.Endpoints;
using MeshClient.OutlierDetection;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Balancing.Simulation;

/// <summary>
/// Calls that arrive at random, whether or not earlier ones have ended, at instances that answer after a drawn time: a cluster over a virtual
/// clock and one seed, so that every run is the same.
/// </summary>
internal sealed class SimulatedCluster
{
    private readonly FakeTimeProvider _time = new();
    private readonly SeededRandom _random;
    private readonly string _policy;
    private readonly BalancingOptions _options = new();
    private readonly EjectionLedger? _ledger;
    private readonly PriorityQueue<Call, TimeSpan> _ends = new();
    private TimeSpan _nextArrival;
    private TimeSpan? _nextDue;
    private IPicker _picker;

    public SimulatedCluster(string policy, int instances, OutlierDetectionOptions? outliers = null, ulong seed = 42)
    {
        _policy = policy;
        _random = new SeededRandom(seed);
        Endpoints = Make.States(instances);
        Answer = (_, random) => new Answer(Outcome.Success, 1 + random.NextDouble());
        if (outliers is not null)
        {
            _ledger = new EjectionLedger(outliers, _random);
            _ledger.Track(Endpoints);
        }
        _picker = Build();
        _nextArrival = Now;
    }

    public ImmutableArray<EndpointState> Endpoints { get; }

    /// <summary>What instance <c>n</c> answers to a call that arrives now; by default a success after 1 to 2 ms.</summary>
    public Func<int, SeededRandom, Answer> Answer { get; set; }

    public List<EjectionChange> Changes { get; } = [];

    public TimeSpan Now => _time.Now();

    /// <summary>Runs for a time at so many calls a second.</summary>
    /// <returns>The share of the calls that each instance got.</returns>
    public double[] Run(TimeSpan duration, double rate)
    {
        var end = Now + duration;
        var calls = new int[Endpoints.Length];
        _nextArrival = Now;
        while (true)
        {
            var next = _nextArrival;
            if (_ends.TryPeek(out _, out var ending) && ending < next)
                next = ending;
            if (_nextDue is { } due && due < next)
                next = due;
            if (next > end)
                break;
            if (next > Now)
                _time.Advance(next - Now);
            if (next == _nextDue)
                Advance();
            else if (next == ending && _ends.Count > 0)
                End(_ends.Dequeue());
            else
                calls[Begin(rate)]++;
        }
        _time.Advance(end - Now);
        var total = Math.Max(1, calls.Sum());
        return [.. calls.Select(count => (double)count / total)];
    }

    private int Begin(double rate)
    {
        _nextArrival += TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / rate);
        var endpoint = _picker.Pick(default)!;
        var index = Endpoints.IndexOf(endpoint);
        var answer = Answer(index, _random);
        _ends.Enqueue(new Call(endpoint, Lease.Begin(endpoint, Now), answer.Outcome), Now + TimeSpan.FromMilliseconds(answer.Milliseconds));
        return index;
    }

    private void End(Call call)
    {
        var lease = call.Lease;
        lease.Headers(call.Outcome, Now);
        if (lease.Complete(call.Outcome, Now) is { } outcome && _ledger?.Observe(call.Endpoint, outcome, Now) is { } change)
            Apply([change]);
    }

    private void Advance() => Apply(_ledger!.Advance(Now));

    private void Apply(ImmutableArray<EjectionChange> changes)
    {
        Changes.AddRange(changes);
        _nextDue = _ledger!.NextDue();
        if (changes.Any(change => change.ChangesAvailability))
            _picker = Build();
    }

    private IPicker Build()
    {
        var available = Endpoints.RemoveAll(endpoint => endpoint.Standing == EndpointStanding.Ejected);
        if (Panic.UsesAll(Endpoints.Length, available.Length, _options.PanicThresholdPercent))
            available = Endpoints;
        return new PickerFactory().Get(_policy, "test")(new PickerContext(available, _random, _time, _options));
    }

    private sealed record Call(EndpointState Endpoint, Lease Lease, Outcome Outcome);
}

/// <summary>How an instance answers one call.</summary>
internal readonly record struct Answer(Outcome Outcome, double Milliseconds);
