using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// One attempt: lease and transport. It holds the lease and the time limit from the pick to the end of the answer's body, and ends both
/// exactly once.
/// </summary>
internal sealed class Attempt
{
    private readonly Cluster _cluster;
    private readonly EndpointState _endpoint;
    private readonly AttemptScope _scope;
    private Lease _lease;
    private bool _tokenIsShared;

    private Attempt(Cluster cluster, EndpointState endpoint)
    {
        _cluster = cluster;
        _endpoint = endpoint;
        _scope = cluster.Scopes.Rent();
        _lease = Lease.Begin(endpoint, cluster.Time.Now());
    }

    /// <summary>The endpoint the attempt goes to.</summary>
    public EndpointState Endpoint => _endpoint;

    /// <summary>The mesh's name of the service.</summary>
    public string Upstream => _cluster.Name;

    /// <summary>The longest silence of the body.</summary>
    public TimeSpan IdleTimeout { get; private set; }

    /// <summary>The token and the clock of the attempt.</summary>
    public AttemptScope Scope => _scope;

    /// <summary>Runs one attempt up to the headers of its answer. Never throws for what the network or the endpoint does.</summary>
    public static async ValueTask<AttemptResult> RunAsync(
        Cluster cluster, EndpointState endpoint, HttpRequestMessage request, TimeSpan limit, bool async, CancellationToken caller)
    {
        var attempt = new Attempt(cluster, endpoint);
        var outcome = Outcome.Cancelled;
        HttpResponseMessage? response = null;
        try
        {
            attempt._scope.Begin(caller);
            attempt._scope.Arm(limit);
            var transport = cluster.TransportTo(endpoint);
            response = async
                ? await transport.SendAsync(request, attempt._scope.Token).ConfigureAwait(false)
                : transport.Send(request, attempt._scope.Token);
            outcome = FailureClassifier.Of((int)response.StatusCode);
            attempt._lease.Headers(outcome, cluster.Time.Now());
            // From here on each read of the body has its own limit and its own caller's token.
            attempt._scope.Disarm();
            attempt._scope.Detach();
            // An answer may come before the last of the request's body has left: then the upload still holds the token.
            attempt._tokenIsShared = request.Content is not null;
            // An upgraded connection (101) is silent for as long as its two ends please.
            attempt.IdleTimeout = (int)response.StatusCode == 101 ? Timeout.InfiniteTimeSpan : cluster.Options.IdleTimeout;
            if (HasNoBody(request, response))
                attempt.Complete(outcome, tokenIsFree: true);
            else
                response.Content = new LeasedContent(response.Content, attempt, outcome);
            return new AttemptResult(response, null, endpoint, outcome);
        }
        catch (Exception error)
        {
            outcome = FailureClassifier.Of(error, attempt._scope.End);
            attempt.Complete(outcome, tokenIsFree: false);
            response?.Dispose();
            return new AttemptResult(null, error, endpoint, outcome);
        }
    }

    /// <summary>Ends the lease and the time limit, once; later calls do nothing.</summary>
    /// <param name="outcome">How the attempt ended.</param>
    /// <param name="tokenIsFree">Whether no operation can still hold the scope's token.</param>
    public void Complete(Outcome outcome, bool tokenIsFree)
    {
        var now = _cluster.Time.Now();
        if (_lease.Complete(outcome, now) is not { } recorded)
            return;
        _cluster.Completed(_endpoint, recorded, now);
        if (tokenIsFree && !_tokenIsShared)
            _cluster.Scopes.Return(_scope);
        else
            AttemptScope.Pool.Drop(_scope);
    }

    private static bool HasNoBody(HttpRequestMessage request, HttpResponseMessage response) =>
        (int)response.StatusCode is 204 or 205 or 304 || request.Method == HttpMethod.Head || response.Content.Headers.ContentLength == 0;
}
