namespace MeshClient.Endpoints;

/// <summary>
/// One call's claim on an endpoint: in flight from <see cref="Begin"/> to <see cref="Complete"/>, which is at the end of the response's body,
/// on an error or on cancellation. It counts once however many ends race to complete it.
/// </summary>
/// <remarks>A mutable struct, so that it costs no allocation: keep it in one field of the object that owns the call and never copy it.</remarks>
internal struct Lease
{
    private const int Completed = 0, Open = 1;

    // Once the headers have come, how long they took: the start is not asked for any more.
    private TimeSpan _start;
    private int _state;
    private HeadersSeen _headers;

    private Lease(EndpointState endpoint, TimeSpan now)
    {
        Endpoint = endpoint;
        _start = now;
        _state = Open;
    }

    private enum HeadersSeen
    {
        None,
        Good,
        Penalised,
        Other,
    }

    /// <summary>The endpoint that is claimed.</summary>
    public EndpointState Endpoint { get; }

    /// <summary>When the call began; not asked for after <see cref="Headers"/>.</summary>
    public readonly TimeSpan Start => _start;

    /// <summary>The time from the start to the headers; asked for only after <see cref="Headers"/>.</summary>
    public readonly TimeSpan TimeToHeaders => _start;

    /// <summary>Whether the call is still counted.</summary>
    public readonly bool IsOpen => Volatile.Read(in _state) == Open;

    public static Lease Begin(EndpointState endpoint, TimeSpan now)
    {
        endpoint.BeginCall();
        return new Lease(endpoint, now);
    }

    /// <summary>
    /// The response's headers have come: the latency is what a choice needs to know at once, so it is recorded here, the rest at the end.
    /// Only the first call counts, and none after <see cref="Complete"/>.
    /// </summary>
    public void Headers(Outcome outcome, TimeSpan now)
    {
        if (!IsOpen || _headers != HeadersSeen.None)
            return;
        _headers = outcome.IsSuccess() ? HeadersSeen.Good : outcome.IsPenalised() ? HeadersSeen.Penalised : HeadersSeen.Other;
        RecordAnswer(outcome, now);
        _start = now - _start;
    }

    /// <summary>Ends the call.</summary>
    /// <returns>
    /// The outcome that was recorded; null when the call had been completed before. A caller that gives up on a body whose headers were
    /// good does not take the success away.
    /// </returns>
    public Outcome? Complete(Outcome outcome, TimeSpan now)
    {
        if (Interlocked.Exchange(ref _state, Completed) == Completed)
            return null;
        Endpoint.EndCall();
        if (outcome == Outcome.Cancelled && _headers == HeadersSeen.Good)
            outcome = Outcome.Success;
        if (_headers == HeadersSeen.None)
            RecordAnswer(outcome, now);
        else if (_headers != HeadersSeen.Penalised && outcome.IsPenalised())
            Endpoint.Penalise(now);
        Endpoint.RecordOutcome(outcome, now);
        return outcome;
    }

    private readonly void RecordAnswer(Outcome outcome, TimeSpan now)
    {
        var elapsed = now - _start;
        if (outcome.IsSuccess())
        {
            Endpoint.RecordLatency(elapsed, now);
            return;
        }
        Endpoint.RecordNoAnswer(elapsed, now);
        if (outcome.IsPenalised())
            Endpoint.Penalise(now);
    }
}
