using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Transport;

namespace MeshClient.Clusters;

// What carries calls to the endpoints: made at the first call to each, and made anew for new settings and for a new leaf of this process.
internal sealed partial class Cluster
{
    private static readonly TimeSpan s_leafGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_leafLongestCall = TimeSpan.FromSeconds(20);

    private int _transportGeneration;

    /// <summary>What carries calls to an endpoint: made at its first call and kept while the endpoint lives.</summary>
    public HttpMessageInvoker TransportTo(EndpointState endpoint)
    {
        if (endpoint.Transport is HttpMessageInvoker made)
            return made;
        var generation = Volatile.Read(ref _transportGeneration);
        var fresh = new HttpMessageInvoker(_services.Transports.Create(new TransportTarget(Name, Service, endpoint.Endpoint), Options.Transport));
        var used = (HttpMessageInvoker)endpoint.GetOrSetTransport(fresh);
        if (used != fresh)
            fresh.Dispose();
        // A call that came after the end finds a transport that is closed.
        else if (Volatile.Read(ref _disposed))
            fresh.Dispose();
        // New settings or a new leaf may have come in between, and their taking over missed this one: the next call makes another.
        else if (generation != Volatile.Read(ref _transportGeneration))
            ReplaceTransport(endpoint);
        return used;
    }

    /// <summary>What an error of an attempt is when this process itself has cut the connection; any other error as it is.</summary>
    public Exception Explain(EndpointState endpoint, Exception error) => _services.Security.Explain(endpoint.Endpoint, error);

    /// <summary>Whether an endpoint is called by mutual TLS.</summary>
    public bool IsSecure(EndpointState endpoint) => _services.Security.Covers(endpoint.Endpoint);

    /// <summary>Says in the log what a failed attempt tells of an endpoint that is called by mutual TLS.</summary>
    public void Tell(EndpointState endpoint, Exception error)
    {
        if (IsSecure(endpoint))
            _services.Security.Refusals.Tell(Service, endpoint.Endpoint, error);
    }

    /// <summary>
    /// Takes a new leaf of this process: the next call to each endpoint makes connections by it. Those by the old one are closed within 30 s, and each at
    /// once that is idle by then; what still streams goes on until the old leaf expires.
    /// </summary>
    public void TakeLeaf()
    {
        lock (_turn)
        {
            ReplaceAll(s_leafGrace, s_leafLongestCall);
            Rebuild(State.Watch);
        }
    }

    // The next call to each makes a transport; those under way end on the old one.
    private void ReplaceAll(TimeSpan grace, TimeSpan longestCall)
    {
        Interlocked.Increment(ref _transportGeneration);
        foreach (var endpoint in _table.Current)
            _retired.AddReplaced(endpoint, grace, longestCall, Time.Now());
        RestartStreams();
    }

    private void ReplaceTransport(EndpointState endpoint)
    {
        lock (_turn)
        {
            _retired.AddReplaced(endpoint, RetiredTransports.Grace, Options.Timeout, Time.Now());
            Rebuild(State.Watch);
        }
    }
}
