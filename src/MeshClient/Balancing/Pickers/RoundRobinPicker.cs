using System.Runtime.InteropServices;
using MeshClient.Balancing.Shaping;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Balancing.Pickers;

/// <summary>Each endpoint in turn, as often as its weight says; from a random start, so that many clients do not step in time.</summary>
internal class RoundRobinPicker(PickerContext context) : IPicker
{
    private readonly EndpointState[] _endpoints = ImmutableCollectionsMarshal.AsArray(context.Endpoints)!;
    private readonly IRandomSource _random = context.Random;
    private readonly TimeProvider _time = context.Time;
    private readonly SlowStart _slowStart = new(context.Options);
    private StrideSchedule _schedule = new(Weights.Of(context.Endpoints.AsSpan()));
    private ulong _next = context.Random.NextBits() >> 1;

    /// <summary>The order in which endpoints take their turns.</summary>
    private protected StrideSchedule Schedule
    {
        set => Volatile.Write(ref _schedule, value);
    }

    public EndpointState? Pick(in PickContext context)
    {
        var endpoints = _endpoints;
        if (endpoints.Length <= 1)
            return endpoints.Length == 0 ? null : endpoints[0];
        var chosen = Next();
        // One round at most: when every endpoint is ramping or to be avoided, the last offered is as good as any.
        for (var offered = 1; offered < endpoints.Length && !Admits(chosen, context); offered++)
            chosen = Next();
        return Untried.Or(chosen, endpoints, context, (uint)_next);
    }

    private EndpointState Next()
    {
        int index;
        var schedule = Volatile.Read(ref _schedule);
        while (!schedule.Takes(Interlocked.Increment(ref _next), out index))
        {
        }
        return _endpoints[index];
    }

    private bool Admits(EndpointState endpoint, in PickContext context)
    {
        if (Untried.Avoids(endpoint, context))
            return false;
        return endpoint.RampStart is null || _random.NextDouble() < _slowStart.Factor(endpoint, _time.Now());
    }
}
