using System.Globalization;
using MeshClient.Model;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>Why a call ended with the answer or the error it has.</summary>
public enum CallEnd
{
    /// <summary>The call has not ended.</summary>
    Pending,

    /// <summary>An endpoint answered, and the answer speaks neither of overload nor of a broken instance.</summary>
    Answered,

    /// <summary>The last attempt failed and the call must not be sent twice: its method is not idempotent or its body cannot be repeated.</summary>
    NotRepeatable,

    /// <summary>The last attempt failed and retries are switched off, for the service or by the request.</summary>
    RetriesOff,

    /// <summary>The last attempt failed and as many attempts as are allowed have been made.</summary>
    AttemptsExhausted,

    /// <summary>The last attempt failed and the retry budget allowed no other.</summary>
    BudgetExhausted,

    /// <summary>The last attempt failed and the time left is shorter than the wait before the next.</summary>
    DeadlineTooNear,

    /// <summary>The last answer said that a tier below has retried already and given up.</summary>
    RetryForbidden,

    /// <summary>There was no endpoint to send the call to.</summary>
    NoEndpoint,

    /// <summary>As many calls as are allowed were under way and waiting.</summary>
    LimitReached,

    /// <summary>The deadline had passed before the call could be sent.</summary>
    DeadlinePassed,

    /// <summary>The caller gave up.</summary>
    Cancelled,

    /// <summary>The request itself could not be sent, for example since its body threw, or the headers of its answer are larger than this process takes.</summary>
    RequestFault,

    /// <summary>The last endpoint tried refused this process by an alert of TLS.</summary>
    Denied,
}

/// <summary>One attempt of a call.</summary>
/// <param name="Endpoint">The instance it went to.</param>
/// <param name="StatusCode">The status of its answer; null = there was none.</param>
/// <param name="Result">What that says of the instance, such as <c>Success</c>, <c>GatewayFailure</c>, <c>ConnectFailure</c>, <c>Timeout</c>, <c>Cancelled</c>, <c>Denied</c>.</param>
/// <param name="Elapsed">The time from its start to the headers of its answer, or to its failure.</param>
/// <param name="IsHedge">Whether it was sent beside an attempt that had not been answered yet.</param>
public sealed record AttemptReport(Endpoint Endpoint, int? StatusCode, string Result, TimeSpan Elapsed, bool IsHedge);

/// <summary>
/// What the mesh did with one call: where it went, how often, and why it ended as it did. Read it from the answer
/// (<c>response.GetMeshCall()</c>), or ask for it before the call (<c>request.ReportMeshCall()</c>), which also tells of calls that throw.
/// </summary>
public sealed class CallReport
{
    private readonly List<AttemptReport> _attempts = [];

    /// <summary>The mesh's name of the service; empty until the call was made.</summary>
    public string Service { get; private set; } = "";

    /// <summary>The instance whose answer or failure ended the call; null = it was sent to none.</summary>
    public Endpoint? Endpoint { get; private set; }

    /// <summary>The attempts in the order of their ends.</summary>
    public IReadOnlyList<AttemptReport> Attempts
    {
        get
        {
            // A hedge that lost may end after the call.
            lock (_attempts)
                return [.. _attempts];
        }
    }

    /// <summary>How many attempts there are.</summary>
    internal int Count
    {
        get
        {
            lock (_attempts)
                return _attempts.Count;
        }
    }

    /// <summary>Why the call ended.</summary>
    public CallEnd End { get; private set; }

    /// <summary>Tells the call in one line.</summary>
    /// <returns>For example <c>catalog: Answered by a2 (10.0.0.5:8080); a1 (10.0.0.4:8080): 503 GatewayFailure after 2 ms; a2 (10.0.0.5:8080): 200 Success after 3 ms</c>.</returns>
    public override string ToString() =>
        $"{Service}: {End}{(Endpoint is null ? "" : $" by {Endpoint}")}{string.Concat(Attempts.Select(a => string.Create(CultureInfo.InvariantCulture,
            $"; {a.Endpoint}: {(a.IsHedge ? "hedge, " : "")}{(a.StatusCode is { } code ? $"{code} " : "")}{a.Result} after {a.Elapsed.TotalMilliseconds:0.###} ms")))}";

    /// <summary>The report of a call that its first attempt ended.</summary>
    internal static CallReport OfOne(Attempt attempt, AttemptResult result)
    {
        var report = new CallReport();
        report.Begin(attempt.Upstream, isHop: false);
        report.Add(result, isHedge: false);
        report.Ended(attempt.Endpoint.Endpoint, CallEnd.Answered);
        return report;
    }

    /// <summary>Begins to tell of a call.</summary>
    /// <param name="service">Its service.</param>
    /// <param name="isHop">Whether it goes where a redirect leads: the attempts before belong to the same call.</param>
    internal void Begin(string service, bool isHop)
    {
        if (!isHop)
        {
            lock (_attempts)
                _attempts.Clear();
        }
        Service = service;
        Ended(endpoint: null, CallEnd.Pending);
    }

    internal void Add(in AttemptResult result, bool isHedge)
    {
        if (result.Endpoint is not { } endpoint)
            return;
        lock (_attempts)
            _attempts.Add(new(endpoint.Endpoint, (int?)result.Response?.StatusCode, result.Outcome.ToString(), result.Elapsed, isHedge));
    }

    internal void Ended(Endpoint? endpoint, CallEnd end)
    {
        Endpoint = endpoint;
        End = end;
    }

    internal void EndIfPending(CallEnd end)
    {
        if (End == CallEnd.Pending)
            End = end;
    }
}
