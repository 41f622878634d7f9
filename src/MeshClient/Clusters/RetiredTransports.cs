using MeshClient.Endpoints;

namespace MeshClient.Clusters;

/// <summary>
/// The transports of endpoints that are gone. Each is closed once no call is in flight on it, and not before a while has passed, for a
/// call that picked the endpoint just before it went may not have begun.
/// </summary>
internal sealed class RetiredTransports
{
    /// <summary>How long a transport stays open at least: far longer than any call needs between its pick and its lease.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly List<(EndpointState Endpoint, IDisposable Transport, TimeSpan Due)> _waiting = [];

    /// <summary>When <see cref="Advance"/> next has something to do; null = never, as things stand.</summary>
    public TimeSpan? NextDue => _waiting.Count == 0 ? null : _waiting.Min(w => w.Due);

    /// <summary>Takes over the transport of an endpoint that is gone. A call that comes late makes a new one, so the endpoint is looked at again.</summary>
    public void Add(EndpointState endpoint, TimeSpan now)
    {
        if (endpoint.ExchangeTransport(null) is IDisposable transport)
            _waiting.Add((endpoint, transport, now + Grace));
    }

    /// <summary>Closes those whose time has come.</summary>
    public void Advance(TimeSpan now)
    {
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            var (endpoint, transport, due) = _waiting[i];
            if (due > now)
                continue;
            if (endpoint.InFlight > 0)
            {
                _waiting[i] = (endpoint, transport, now + Grace);
                continue;
            }
            transport.Dispose();
            (endpoint.ExchangeTransport(null) as IDisposable)?.Dispose();
            _waiting.RemoveAt(i);
        }
    }

    /// <summary>Closes all, at the end of the process.</summary>
    public void DisposeAll()
    {
        foreach (var (_, transport, _) in _waiting)
            transport.Dispose();
        _waiting.Clear();
    }
}
