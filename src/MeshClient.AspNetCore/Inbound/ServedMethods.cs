using System.Collections.Concurrent;
using MeshClient.LoadReports;
using MeshClient.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>The names of the gRPC methods that the application serves: callers may ask for any name, and only these become tags.</summary>
internal sealed class ServedMethods
{
    // The mesh serves one itself, and without a route.
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal) { [LoadReportRequest.Path] = LoadReportRequest.Path[1..] };

    /// <summary>
    /// The method of a call, <c>package.Service/Method</c>; <c>_OTHER</c> for one that is not served, and for one that was refused before it was routed and that
    /// was never served before.
    /// </summary>
    public string NameOf(HttpContext context)
    {
        if (context.GetEndpoint() is not RouteEndpoint { RoutePattern: var pattern })
            return _names.GetValueOrDefault(context.Request.Path.Value ?? "", HttpConventions.Other);
        // gRPC's server routes what it does not know as well, by patterns with parameters.
        return pattern is { Parameters.Count: 0, PathSegments.Count: 2, RawText: { } path } ? _names.GetOrAdd(path, static p => p.TrimStart('/')) : HttpConventions.Other;
    }
}
