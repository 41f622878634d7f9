using System.Collections.Concurrent;
using MeshClient.LoadReports;
using MeshClient.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>The names of the gRPC methods that the application serves: callers may ask for any name, and only these become tags.</summary>
/// <param name="endpoints">What the application maps; null = it routes nothing.</param>
internal sealed class ServedMethods(EndpointDataSource? endpoints)
{
    // The mesh serves one itself, and without a route.
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal) { [LoadReportRequest.Path] = LoadReportRequest.Path[1..] };
    private volatile bool _hasMapped;

    /// <summary>
    /// The method of a call, <c>package.Service/Method</c>; <c>_OTHER</c> for one that is not served, and for one that was refused before it was routed, was
    /// mapped after the first such call, and was never served.
    /// </summary>
    public string NameOf(HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint)
            return MethodPath(endpoint) is { } path ? Add(path) : HttpConventions.Other;
        var asked = context.Request.Path.Value ?? "";
        if (!_hasMapped && !_names.ContainsKey(asked))
            AddMapped();
        return _names.GetValueOrDefault(asked, HttpConventions.Other);
    }

    // Not before a call needs them: the application maps its endpoints after its pipeline has been built down to here.
    private void AddMapped()
    {
        foreach (var endpoint in endpoints?.Endpoints ?? [])
        {
            if (endpoint is RouteEndpoint route && MethodPath(route) is { } path)
                Add(path);
        }
        _hasMapped = true;
    }

    private string Add(string path) => _names.GetOrAdd(path, static p => p.TrimStart('/'));

    // gRPC's server routes what it does not know as well, by patterns with parameters.
    private static string? MethodPath(RouteEndpoint endpoint) => endpoint.RoutePattern is { Parameters.Count: 0, PathSegments.Count: 2, RawText: { } path } ? path : null;
}
