using MeshClient.Endpoints;

namespace MeshClient.Balancing.Shaping;

/// <summary>Keeps an attempt off the endpoints that earlier attempts went to, and off those on probation that have their one call.</summary>
internal static class Untried
{
    /// <summary>Whether the attempt should go elsewhere while it can.</summary>
    public static bool Avoids(EndpointState endpoint, in PickContext context) =>
        IsBusyOnProbation(endpoint) || context.Tried.Contains(endpoint);

    /// <summary>
    /// The chosen endpoint, or another when it is to be avoided: the first that is not, from a random start; failing that, one that is free,
    /// though tried; failing that, the chosen one, for a call is better served late than refused.
    /// </summary>
    /// <remarks>For any picker's choice, so that users' own pickers need not know of retries. Probation is approximate: two picks may race.</remarks>
    public static EndpointState? Or(EndpointState? chosen, ReadOnlySpan<EndpointState> endpoints, in PickContext context, uint bits)
    {
        if (chosen is null || !Avoids(chosen, context))
            return chosen;
        var start = (int)(((ulong)bits * (uint)endpoints.Length) >> 32);
        var free = IsBusyOnProbation(chosen) ? null : chosen;
        for (var i = 0; i < endpoints.Length; i++)
        {
            var index = start + i;
            var candidate = endpoints[index < endpoints.Length ? index : index - endpoints.Length];
            if (IsBusyOnProbation(candidate))
                continue;
            if (!context.Tried.Contains(candidate))
                return candidate;
            free ??= candidate;
        }
        return free ?? chosen;
    }

    /// <summary>Whether it is on probation and has its one call.</summary>
    public static bool IsBusyOnProbation(EndpointState endpoint) => endpoint.Standing == EndpointStanding.Probation && endpoint.InFlight > 0;
}
