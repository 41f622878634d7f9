using MeshClient.Resilience;
using Microsoft.AspNetCore.Http;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>The caller of a request that is being served.</summary>
internal static class RequestCaller
{
    // Callers go when their deadline passes, and their timers may ring a little before the one here.
    private static readonly TimeSpan s_coarseness = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether it went while it still had time: that its request came to nothing is no failure of the server.</summary>
    public static bool HasGone(HttpContext context, TimeSpan now) =>
        context.RequestAborted.IsCancellationRequested && !(InboundCall.Current is { } call && IsOutOfTime(call.Deadline, now));

    /// <summary>Whether a caller who goes now goes because of its deadline.</summary>
    public static bool IsOutOfTime(Deadline deadline, TimeSpan now) => deadline.Left(now) <= s_coarseness;
}
