using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MeshClient.Balancing.Shaping;
using MeshClient.Endpoints;
using MeshClient.Primitives;

namespace MeshClient.Balancing.Pickers;

/// <summary>
/// The better of two distinct endpoints, the first drawn by weight and the second from the others (Mitzenmacher's power of two choices): one
/// draw of 64 bits gives both, and nothing is ever drawn again to make them distinct (Finagle's <c>P2CPick</c>).
/// </summary>
internal sealed class TwoChoicesPicker<TCost>(PickerContext context) : IPicker
    where TCost : struct, ICost
{
    private readonly EndpointState[] _endpoints = ImmutableCollectionsMarshal.AsArray(context.Endpoints)!;
    private readonly Weights _weights = new(context.Endpoints.AsSpan());
    private readonly IRandomSource _random = context.Random;
    private readonly TimeProvider _time = context.Time;
    private readonly SlowStart _slowStart = new(context.Options);

    public EndpointState? Pick(in PickContext context)
    {
        var endpoints = _endpoints;
        if (endpoints.Length <= 1)
            return endpoints.Length == 0 ? null : endpoints[0];
        var bits = _random.NextBits();
        var i = _weights.Draw((uint)(bits >> 32));
        var j = _weights.DrawOther(i, (uint)bits);
        var first = endpoints[i];
        var second = endpoints[j];
        // Without penalty, ramp, probation or retry the choice needs no time, which costs more to read than all the rest.
        if (TCost.NeedsTime || (first.Reservations | second.Reservations) != 0 || !context.Tried.IsEmpty)
            return PickShaped(i, j, context);
        return TCost.Compares ? endpoints[_weights.Less(i, first.InFlight, j, second.InFlight)] : first;
    }

    // Apart, so that the plain choice has no registers to save for it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private EndpointState? PickShaped(int i, int j, in PickContext context)
    {
        var (first, second) = (_endpoints[i], _endpoints[j]);
        var now = _time.Now();
        var (a, b) = (Rate(first, i, now, context.CanResend, out var ramp), Rate(second, j, now, context.CanResend, out _));
        if (ramp < 1 && _random.NextDouble() >= ramp)
            (first, second, a, b) = (second, first, b, a);
        if (Untried.Avoids(first, context))
            return Untried.Avoids(second, context) ? Untried.Or(first, _endpoints, context, (uint)_random.NextBits()) : second;
        return TCost.Compares && Contest.SecondWins(a, b) && !Untried.Avoids(second, context) ? second : first;
    }

    private Contender Rate(EndpointState endpoint, int index, TimeSpan now, bool canResend, out double ramp)
    {
        var probes = canResend && endpoint.InFlight == 0 && endpoint.Penalty.IsProbeDue(now);
        ramp = _slowStart.Factor(endpoint, now);
        var inverse = _weights.Inverse(index) / ramp;
        return new Contender(TCost.Of(endpoint, now), endpoint.InFlight * inverse, inverse, probes ? 0 : endpoint.Penalty.Read(now));
    }
}
