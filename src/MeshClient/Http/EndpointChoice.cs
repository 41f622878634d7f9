using MeshClient.Endpoints;

namespace MeshClient.Http;

/// <summary>Where an attempt goes: the endpoint that the request wishes for, or the picker's choice.</summary>
internal static class EndpointChoice
{
    /// <summary>How many endpoints the attempts of a call may go to.</summary>
    public static int CountFor(in Call call) => call.NeedsSecureWire ? call.Cluster.State.Available.Count(call.Cluster.IsSecure) : call.Cluster.State.Available.Length;

    /// <summary>Chooses among the endpoints that have room.</summary>
    /// <param name="call">The call.</param>
    /// <param name="tried">The endpoints tried before.</param>
    /// <param name="room">The most attempts to one endpoint.</param>
    /// <returns>Null = there is none, or none with room.</returns>
    public static EndpointState? Of(in Call call, ReadOnlySpan<EndpointState> tried, int room = int.MaxValue)
    {
        var cluster = call.Cluster;
        var isSecure = call.NeedsSecureWire;
        if (call.Settings?.Wish is { } wish && (wish.IsRequired || tried.IsEmpty))
        {
            if (cluster.State.Find(wish.Id) is { } wished && wished.InFlight < room && (wish.IsRequired || !isSecure || cluster.IsSecure(wished)))
                return wished;
            if (wish.IsRequired)
                return null;
        }
        var context = call.PickContext(tried);
        var chosen = cluster.Pick(context);
        if (chosen is null || (chosen.InFlight < room && !(isSecure && !cluster.IsSecure(chosen))))
            return chosen;
        return cluster.State.FindWithRoom(context, room, (uint)cluster.Random.NextBits(), isSecure ? cluster.IsSecure : null);
    }
}
