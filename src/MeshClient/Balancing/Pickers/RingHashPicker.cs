using System.Runtime.InteropServices;
using MeshClient.Balancing.Shaping;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Balancing.Pickers;

/// <summary>
/// Calls with the same hash key go to the same endpoint, from every client and across restarts: when an endpoint leaves, only its own keys move. Each
/// attempt that must go elsewhere goes to the next endpoint along the ring, so that retries of a key go the same way too. A call without a key goes to a
/// random point of the ring.
/// </summary>
/// <remarks>
/// A key heeds neither load nor slow start: a new endpoint would have to take its keys twice. One hot key is one endpoint's;
/// <c>Limits:MaxConcurrentPerEndpoint</c> bounds it. An endpoint that this client has ejected has no points, so its keys go elsewhere for as long.
/// </remarks>
internal sealed class RingHashPicker(PickerContext context) : IPicker
{
    private readonly EndpointState[] _endpoints = ImmutableCollectionsMarshal.AsArray(context.Endpoints)!;
    private readonly HashRing _ring = new(context.Endpoints.AsSpan());
    private readonly IRandomSource _random = context.Random;
    private readonly TimeProvider _time = context.Time;
    private readonly SlowStart _slowStart = new(context.Options);

    public EndpointState? Pick(in PickContext context)
    {
        var endpoints = _endpoints;
        if (endpoints.Length <= 1)
            return endpoints.Length == 0 ? null : endpoints[0];
        var point = context.HashKey is { } key ? _ring.Find(HashRing.Hash(key)) : Draw();
        var chosen = endpoints[_ring.OwnerAt(point)];
        return Untried.Avoids(chosen, context) ? Walk(point, chosen, context) : chosen;
    }

    private int Draw()
    {
        var point = _random.NextInt(_ring.Length);
        var owner = _ring.OwnerAt(point);
        if (_endpoints[owner].RampStart is null || _random.NextDouble() < _slowStart.Factor(_endpoints[owner], _time.Now()))
            return point;
        var next = _ring.Next(point);
        while (_ring.OwnerAt(next) == owner)
            next = _ring.Next(next);
        return next;
    }

    // Whether there is anything to find is asked of the endpoints first, which are fewer than the points.
    private EndpointState Walk(int start, EndpointState chosen, in PickContext context)
    {
        var (isUntried, isFree) = (false, false);
        foreach (var endpoint in _endpoints)
        {
            isUntried |= !Untried.Avoids(endpoint, context);
            isFree |= !Untried.IsBusyOnProbation(endpoint);
        }
        if (!isFree)
            return chosen;
        // One that was tried comes before one that is busy on probation. One round at most: meanwhile all may have become busy.
        var point = start;
        do
        {
            var endpoint = _endpoints[_ring.OwnerAt(point)];
            if (isUntried ? !Untried.Avoids(endpoint, context) : !Untried.IsBusyOnProbation(endpoint))
                return endpoint;
            point = _ring.Next(point);
        }
        while (point != start);
        return chosen;
    }
}
