using MeshClient.Resilience;
using Microsoft.AspNetCore.Http;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>The caller of a request that is being served.</summary>
internal static class RequestCaller
{
    /// <summary>Whether it went while it still had time: that its request came to nothing is no failure of the server.</summary>
    public static bool HasGone(HttpContext context, TimeSpan now) =>
        context.RequestAborted.IsCancellationRequested && !(InboundCall.Current is { } call && call.Deadline.IsOver(now));
}
