using System.Net.Http.Headers;
using MeshClient.Balancing;
using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Grpc;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// One attempt: lease and transport. It holds the lease and the time limit from the pick to the end of the answer's body, and ends both
/// exactly once. It becomes the answer's content, since each call pays for one object and needs no second one.
/// </summary>
internal partial class Attempt : HttpContent
{
    private protected readonly Cluster _cluster;
    private readonly AttemptScope _scope;
    private readonly bool _isLimited;
    private Lease _lease;
    private Outcome _outcome = Outcome.Cancelled;
    private bool _tokenIsShared;

    private protected Attempt(Cluster cluster, EndpointState endpoint, bool isLimited, TimeSpan now)
    {
        _cluster = cluster;
        _isLimited = isLimited;
        _scope = cluster.Scopes.Rent();
        _lease = Lease.Begin(endpoint, now);
    }

    ~Attempt() => ThreadPool.UnsafeQueueUserWorkItem(static attempt => attempt.Abandon(), this, preferLocal: false);

    /// <summary>The endpoint the attempt goes to.</summary>
    public EndpointState Endpoint => _lease.Endpoint;

    /// <summary>When it began.</summary>
    public TimeSpan Start => _lease.Start;

    /// <summary>The mesh's name of the service.</summary>
    public string Upstream => _cluster.Name;

    /// <summary>The call it is an attempt of; null = nothing happened in it but this attempt.</summary>
    public CallReport? Report { get; set; }

    /// <summary>Tells the call of an answer.</summary>
    public CallReport ReportOf(HttpResponseMessage response) =>
        Report ??= CallReport.OfOne(this, new AttemptResult(response, null, Endpoint, _outcome, _lease.TimeToHeaders));

    /// <summary>Claims the endpoint.</summary>
    /// <param name="call">The call.</param>
    /// <param name="endpoint">The endpoint that was picked.</param>
    /// <param name="isLimited">Whether the service's limiter is told of the end.</param>
    /// <param name="now">The time of the pick.</param>
    public static Attempt Begin(in Call call, EndpointState endpoint, bool isLimited, TimeSpan now) =>
        call.Grpc switch
        {
            GrpcKind.Native => new GrpcAttempt(call, endpoint, isLimited, now),
            GrpcKind.Web => new GrpcWebAttempt(call, endpoint, isLimited, now),
            _ => new Attempt(call.Cluster, endpoint, isLimited, now),
        };

    /// <summary>Sends a request. Never throws: what the transport, or a propagator of the application's, throws is in the task.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">Its own request, or a hedge's copy.</param>
    /// <param name="added">The headers that the attempt added, for <see cref="RequestHeaders.Restore"/>.</param>
    public Task<HttpResponseMessage> Send(in Call call, HttpRequestMessage request, out uint added)
    {
        added = 0;
        try
        {
            _scope.Arm(call.AttemptLimit(_lease.Start), _lease.Start);
            // An answer that comes at once needs no tie to its caller, which costs a registration; the others are tied when they are waited for.
            if (!call.IsAsync || call.Caller.IsCancellationRequested)
                _scope.Attach(call.Caller);
            added = RequestHeaders.Prepare(call, request, _lease.Start);
            var transport = _cluster.TransportTo(Endpoint);
            Allow(request);
            return call.IsAsync ? transport.SendAsync(request, _scope.Token) : Task.FromResult(transport.Send(request, _scope.Token));
        }
        catch (Exception error)
        {
            return Task.FromException<HttpResponseMessage>(error);
        }
    }

    /// <summary>Ties the attempt to its caller, unless it has been answered already.</summary>
    public void Attach(CancellationToken caller, Task<HttpResponseMessage> sending)
    {
        if (!sending.IsCompleted)
            _scope.Attach(caller);
    }

    /// <summary>Takes in that there is no answer.</summary>
    public AttemptResult Failed(Exception error)
    {
        error = _cluster.Explain(Endpoint, error);
        _outcome = Judge(error, _scope.End);
        Complete(_outcome, tokenIsFree: false);
        _cluster.Tell(Endpoint, error);
        return new AttemptResult(null, error, Endpoint, _outcome, _cluster.Time.Now() - _lease.Start) { Resend = FailureClassifier.ResendOf(_outcome, error) };
    }

    /// <summary>Takes in the headers of the answer and becomes its content.</summary>
    public AttemptResult Answered(HttpRequestMessage request, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        response.RequestMessage = request;
        var resend = Judge(response, out _outcome);
        var now = _cluster.Time.Now();
        var elapsed = now - _lease.Start;
        _lease.Headers(_outcome, now);
        if (_outcome.IsSuccess())
            _cluster.Latencies?.Record(elapsed, now);
        // Asked first: to look at headers makes an object of them.
        if (_cluster.LoadReports is { OutOfBandPeriod: null } reports)
            TakeReport(response.Headers, reports, now);
        // From here on each read of the body has its own limit and its own caller's token.
        _scope.Disarm();
        _scope.Detach();
        // An answer may come before the last of the request's body has left: then the upload still holds the token.
        _tokenIsShared = request.Content is not null;
        TakeOver(response, hasNoBody: status is 204 or 205 or 304 || request.Method == HttpMethod.Head);
        return new AttemptResult(response, null, Endpoint, _outcome, elapsed) { Resend = resend };
    }

    /// <summary>Takes in what the endpoint says of its load.</summary>
    private protected void TakeReport(HttpResponseHeaders headers, WeightedRoundRobinOptions options, TimeSpan now)
    {
        if (LoadReportHeader.TryRead(headers, out var load))
            Endpoint.RecordReport(load.Weight(options.ErrorUtilizationPenalty), now);
    }

    /// <summary>Refuses, by an exception, what must not be sent to the endpoint.</summary>
    private protected virtual void Allow(HttpRequestMessage request)
    {
    }

    /// <summary>What the headers of the answer say of the endpoint, and whether the request may be sent again.</summary>
    private protected virtual Resend Judge(HttpResponseMessage response, out Outcome outcome)
    {
        outcome = FailureClassifier.Of((int)response.StatusCode);
        return outcome == Outcome.Overloaded && IsRefusal(response) ? Resend.IfRepeatable : FailureClassifier.ResendOf(outcome);
    }

    /// <summary>Whether the endpoint had no room and has not begun with the request.</summary>
    private protected static bool IsRefusal(HttpResponseMessage response) => response.Headers.NonValidated.Contains(MeshHeaders.Refused);

    /// <summary>What it says of the endpoint that there is no answer.</summary>
    private protected virtual Outcome Judge(Exception error, ScopeEnd end) => FailureClassifier.Of(error, end);

    /// <summary>Whether the attempt has ended, its body included.</summary>
    private protected bool HasEnded => !_lease.IsOpen;

    /// <summary>The whole of the request has left: nothing of it holds the token.</summary>
    private protected void RequestHasLeft() => _tokenIsShared = false;

    /// <summary>The attempt has ended, its body included.</summary>
    private protected virtual void Completed()
    {
    }

    /// <summary>Ends the lease and the time limit, once; later calls do nothing.</summary>
    /// <param name="outcome">How the attempt ended.</param>
    /// <param name="tokenIsFree">Whether no operation can still hold the scope's token.</param>
    private void Complete(Outcome outcome, bool tokenIsFree)
    {
        var now = _cluster.Time.Now();
        if (_lease.Complete(outcome, now) is not { } recorded)
            return;
        GC.SuppressFinalize(this);
        try
        {
            _cluster.Completed(Endpoint, recorded, now);
        }
        finally
        {
            // A picker of the application's may have thrown; the place is free all the same.
            Free(tokenIsFree && !_tokenIsShared);
            Completed();
        }
    }

    private void Free(bool isReusable)
    {
        // One that began before there were limits holds no place, but its endpoint has room now.
        if (_isLimited)
            _cluster.Limiter?.Leave();
        else
            _cluster.Limiter?.Wake();
        if (isReusable)
            _cluster.Scopes.Return(_scope);
        else
            AttemptScope.Pool.Drop(_scope);
    }

    // An answer that nobody reads or disposes of, or whose content a handler above has replaced, must not count as a call in flight for ever.
    private void Abandon()
    {
        try
        {
            GiveUpBody();
        }
        catch (Exception)
        {
            // Nobody is left to be told, and on this thread it would end the process.
        }
    }
}
