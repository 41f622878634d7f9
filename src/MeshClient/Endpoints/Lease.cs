namespace MeshClient.Endpoints;

/// <summary>
/// One call's claim on an endpoint: in flight from <see cref="Begin"/> to <see cref="Complete"/>, which is at the end of the response's body,
/// on an error or on cancellation. It counts once however many ends race to complete it.
/// </summary>
/// <remarks>A mutable struct, so that it costs no allocation: keep it in one field of the object that owns the call and never copy it.</remarks>
internal struct Lease
{
    private readonly TimeSpan _start;
    private EndpointState? _endpoint;
    private HeadersSeen _headers;

    private Lease(EndpointState endpoint, TimeSpan now)
    {
        _endpoint = endpoint;
        _start = now;
    }

    private enum HeadersSeen
    {
        None,
        Good,
        Penalised,
        Other,
    }

    /// <summary>Whether the call is still counted.</summary>
    public readonly bool IsOpen => _endpoint is not null;

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
        if (_endpoint is not { } endpoint || _headers != HeadersSeen.None)
            return;
        _headers = outcome.IsSuccess() ? HeadersSeen.Good : outcome.IsPenalised() ? HeadersSeen.Penalised : HeadersSeen.Other;
        RecordAnswer(endpoint, outcome, now);
    }

    /// <summary>Ends the call.</summary>
    /// <returns>
    /// The outcome that was recorded; null when the call had been completed before. A caller that gives up on a body whose headers were
    /// good does not take the success away.
    /// </returns>
    public Outcome? Complete(Outcome outcome, TimeSpan now)
    {
        if (Interlocked.Exchange(ref _endpoint, null) is not { } endpoint)
            return null;
        endpoint.EndCall();
        if (outcome == Outcome.Cancelled && _headers == HeadersSeen.Good)
            outcome = Outcome.Success;
        if (_headers == HeadersSeen.None)
            RecordAnswer(endpoint, outcome, now);
        else if (_headers != HeadersSeen.Penalised && outcome.IsPenalised())
            endpoint.Penalise(now);
        endpoint.RecordOutcome(outcome, now);
        return outcome;
    }

    private readonly void RecordAnswer(EndpointState endpoint, Outcome outcome, TimeSpan now)
    {
        var elapsed = now - _start;
        if (outcome.IsSuccess())
        {
            endpoint.RecordLatency(elapsed, now);
            return;
        }
        endpoint.RecordNoAnswer(elapsed, now);
        if (outcome.IsPenalised())
            endpoint.Penalise(now);
    }
}
