using MeshClient.Measures;
using MeshClient.Model;

namespace MeshClient.Endpoints;

/// <summary>The live state of one endpoint: what it is doing and how it has done. It outlives snapshots; thread-safe.</summary>
public sealed class EndpointState
{
    private InFlightCounter _inFlight;
    private int _standing;
    private bool _doesNotServe;
    private long _rampStart;
    private FailurePenalty _penalty;
    private PeakEwma _latency;
    private Endpoint _endpoint;
    private object? _transport;
    private ConsecutiveOutcomes _runs;
    private OutcomeWindow _window;
    private ReportedWeight _reported;

    internal EndpointState(Endpoint endpoint) => _endpoint = endpoint;

    /// <summary>What the registry last said of the instance.</summary>
    public Endpoint Endpoint => Volatile.Read(ref _endpoint);

    /// <summary>The share of the calls relative to the other instances, 0 to 65535, as the registry last said.</summary>
    public int Weight => Endpoint.Weight;

    /// <summary>How many calls the endpoint is working on, each counted until the end of its response's body.</summary>
    public int InFlight => _inFlight.Value;

    /// <summary>How far the endpoint is trusted with calls.</summary>
    public EndpointStanding Standing => (EndpointStanding)Volatile.Read(ref _standing);

    /// <summary>Whether the endpoint may be called as things stand: it is not ejected, and its health check, where it has one, does not speak against it.</summary>
    internal bool IsAvailable => Standing != EndpointStanding.Ejected && IsServing;

    /// <summary>Whether the endpoint serves, as its own health check says; true where nobody asks.</summary>
    internal bool IsServing => !Volatile.Read(ref _doesNotServe);

    internal EndpointKey Key => Endpoint.Key;

    /// <summary>
    /// Zero when nothing but the calls in flight decides: no penalty, no ramp, no probation. One word, read without the time, so that a pick
    /// settles the usual case of two endpoints by one branch.
    /// </summary>
    internal ulong Reservations => _penalty.Raw | (ulong)_rampStart | (uint)_standing;

    internal ref readonly PeakEwma Latency => ref _latency;

    internal ref readonly FailurePenalty Penalty => ref _penalty;

    internal ref readonly ConsecutiveOutcomes Runs => ref _runs;

    internal ref readonly OutcomeWindow Window => ref _window;

    /// <summary>When the endpoint began to take its growing share; null = it takes all of it.</summary>
    internal TimeSpan? RampStart => Volatile.Read(ref _rampStart) is var ticks and not 0 ? new TimeSpan(ticks) : null;

    /// <summary>What carries calls to the endpoint; null until the first.</summary>
    internal object? Transport => Volatile.Read(ref _transport);

    /// <inheritdoc/>
    public override string ToString() => Endpoint.ToString();

    internal void Update(Endpoint endpoint) => Volatile.Write(ref _endpoint, endpoint);

    internal void SetStanding(EndpointStanding standing) => Volatile.Write(ref _standing, (int)standing);

    /// <summary>Takes in what the health check says.</summary>
    /// <returns>Whether that is new.</returns>
    internal bool SetServing(bool isServing) => Interlocked.Exchange(ref _doesNotServe, !isServing) == isServing;

    internal void BeginRamp(TimeSpan now) => Volatile.Write(ref _rampStart, Math.Max(1, now.Ticks));

    /// <summary>Ends the ramp that began at <paramref name="start"/>, unless another has begun since.</summary>
    internal void EndRamp(TimeSpan start) => Interlocked.CompareExchange(ref _rampStart, 0, start.Ticks);

    /// <summary>Sets the transport unless there is one.</summary>
    /// <returns>The transport that is now in use: the other's when it came first.</returns>
    internal object GetOrSetTransport(object transport) => Interlocked.CompareExchange(ref _transport, transport, null) ?? transport;

    internal object? ExchangeTransport(object? transport) => Interlocked.Exchange(ref _transport, transport);

    /// <summary>Clears the transport if it is still <paramref name="expected"/>: of several that try, one is told to dispose of it.</summary>
    internal bool TryClearTransport(object expected) => Interlocked.CompareExchange(ref _transport, null, expected) == expected;

    internal void BeginCall() => _inFlight.Begin();

    internal void EndCall() => _inFlight.End();

    internal void RecordLatency(TimeSpan latency, TimeSpan now) => _latency.Observe(latency, now);

    /// <summary>Records that a call got no good answer in <paramref name="elapsed"/>, without saying whose fault it was.</summary>
    internal void RecordNoAnswer(TimeSpan elapsed, TimeSpan now) => _latency.ObserveAtLeast(elapsed, now);

    /// <summary>
    /// Takes in the weight that the endpoint's own load report gives it. One that is 0 or infinite as a float is passed over: it would hide the last one, or spoil the
    /// mean of all.
    /// </summary>
    internal void RecordReport(double weight, TimeSpan now)
    {
        if ((float)weight is > 0 and < float.PositiveInfinity and var taken)
            _reported.Record(taken, now);
    }

    /// <summary>The weight by its load reports; 0 = none that counts.</summary>
    internal float ReportedWeight(TimeSpan now, TimeSpan blackout, TimeSpan expiration) => _reported.Read(now, blackout, expiration);

    internal void Penalise(TimeSpan now) => _penalty.Fail(now);

    /// <summary>Counts an outcome: a success or a failure of the endpoint; anything else is no evidence of either.</summary>
    internal void RecordOutcome(Outcome outcome, TimeSpan now)
    {
        if (outcome.IsSuccess())
        {
            _penalty.Succeed(now);
            _runs.Succeed();
            _window.Record(success: true, now);
        }
        else if (outcome.IsFailure())
        {
            _runs.Fail(outcome.IsGatewayFailure(), outcome == Outcome.ConnectFailure);
            // What answers next may have been started anew: its reports have to prove themselves as those of a new one (gRPC A58).
            if (outcome == Outcome.ConnectFailure)
                _reported.Reset();
            _window.Record(success: false, now);
        }
    }

    /// <summary>Forgets how the endpoint did: after an ejection its old latency and penalty would keep it out.</summary>
    internal void ForgetPast()
    {
        _latency.Reset();
        _penalty.Reset();
        _runs.Reset();
        _window.Reset();
        _reported.Reset();
    }
}
