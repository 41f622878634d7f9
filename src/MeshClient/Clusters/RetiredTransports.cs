using MeshClient.Endpoints;

namespace MeshClient.Clusters;

/// <summary>
/// The transports of endpoints that are gone, and those that newer settings have replaced. Each is closed once no call is in flight on it, and
/// not before a while has passed, for a call that picked the endpoint just before may not have begun.
/// </summary>
internal sealed class RetiredTransports
{
    /// <summary>How long a transport stays open at least: far longer than any call needs between its pick and its lease.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly List<Retired> _waiting = [];

    /// <summary>When <see cref="Advance"/> next has something to do; null = never, as things stand.</summary>
    public TimeSpan? NextDue => _waiting.Count == 0 ? null : _waiting.Min(w => w.Due);

    /// <summary>Takes over the transport of an endpoint that is gone. A call that comes late makes a new one, so the endpoint is looked at again.</summary>
    public void Add(EndpointState endpoint, TimeSpan now)
    {
        if (endpoint.ExchangeTransport(null) is IDisposable transport)
            _waiting.Add(new Retired(endpoint, transport, now + Grace, AtLatest: null));
    }

    /// <summary>
    /// Takes over the transport of an endpoint that stays: its next call makes another. The calls of the two are counted together and may never
    /// be none, so this one is closed at the latest when each of its own has its headers; a body still being read keeps its connection.
    /// </summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="grace">How long it stays open at least.</param>
    /// <param name="longestCall">How much longer it may take for each of its calls to have its headers.</param>
    /// <param name="now">The time.</param>
    public void AddReplaced(EndpointState endpoint, TimeSpan grace, TimeSpan longestCall, TimeSpan now)
    {
        if (endpoint.ExchangeTransport(null) is IDisposable transport)
            _waiting.Add(new Retired(endpoint, transport, now + grace, now + grace + longestCall));
    }

    /// <summary>Closes those whose time has come.</summary>
    public void Advance(TimeSpan now)
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var retired = _waiting[i];
            if (retired.Due > now)
                continue;
            if (retired.Endpoint.InFlight > 0 && !(retired.AtLatest <= now))
            {
                var again = now + Grace;
                _waiting[i] = retired with { Due = retired.AtLatest < again ? retired.AtLatest.Value : again };
                continue;
            }
            retired.Transport.Dispose();
            if (retired.AtLatest is null)
                (retired.Endpoint.ExchangeTransport(null) as IDisposable)?.Dispose();
            _waiting.RemoveAt(i);
        }
    }

    /// <summary>Closes all, at the end of the process.</summary>
    public void DisposeAll()
    {
        foreach (var retired in _waiting)
            retired.Transport.Dispose();
        _waiting.Clear();
    }

    /// <param name="Endpoint">Whose it was.</param>
    /// <param name="Transport">What is to be closed.</param>
    /// <param name="Due">When to look at it.</param>
    /// <param name="AtLatest">When to close it whatever is in flight; null = the endpoint is gone, and every call on it ends.</param>
    private sealed record Retired(EndpointState Endpoint, IDisposable Transport, TimeSpan Due, TimeSpan? AtLatest);
}
