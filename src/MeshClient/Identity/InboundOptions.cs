using System.ComponentModel.DataAnnotations;
using MeshClient.Primitives;

namespace MeshClient.Identity;

/// <summary>What a server with <c>UseMesh()</c> takes, and on which endpoints (section <c>Mesh:Inbound</c>); read at the start of the program.</summary>
/// <remarks>
/// An endpoint is named as it stands under <c>Kestrel:Endpoints</c>, or, where it has no name, by its address as in <c>URLS</c>:
/// <c>http://*:8080</c>. Endpoints matter only where <c>Mesh:Security:Mode</c> is not Off.
/// </remarks>
public sealed class InboundOptions
{
    /// <summary>The endpoints of the mesh. Default: none named, and all belong to it but those excluded.</summary>
    public IList<string> Endpoints { get; set; } = [];

    /// <summary>Endpoints that the mesh leaves alone: public ones, and a plain one for the agent's health check. Default: none.</summary>
    public IList<string> ExcludedEndpoints { get; set; } = [];

    /// <summary>How long a connection may take from its start to the end of the TLS handshake. Default 10 s, over zero, at most one day.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The most requests that are served at a time, streams included; those beyond it are refused at once, by 429 or, for gRPC calls, RESOURCE_EXHAUSTED, and sent
    /// elsewhere by callers of the mesh. The path of <c>Mesh:Service:Check</c> (<c>/health</c>) and gRPC's health checks are not counted. Default null = no limit, 1 to 1,000,000.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? MaxConcurrentRequests { get; set; }

    /// <summary>
    /// Whether answers tell their callers how loaded this server is, as an ORCA load report: for clients that balance by <c>WeightedRoundRobin</c>. Default false, since
    /// whoever may call learns it. Endpoints that are excluded never tell, where <c>Mesh:Security:Mode</c> is not Off.
    /// </summary>
    public bool LoadReports { get; set; }

    internal IEnumerable<string> Faults()
    {
        foreach (var fault in MaxConcurrentRequests is { } most ? Ranges.Between("Mesh:Inbound:MaxConcurrentRequests", most, 1, 1_000_000) : [])
            yield return fault;
        foreach (var name in Endpoints.Intersect(ExcludedEndpoints, StringComparer.OrdinalIgnoreCase))
            yield return $"Mesh:Inbound: expected each endpoint under Endpoints or under ExcludedEndpoints, found \"{name}\" under both.";
        if (Endpoints.Concat(ExcludedEndpoints).Any(string.IsNullOrWhiteSpace))
            yield return "Mesh:Inbound: expected names or addresses of endpoints, found an empty one.";
        foreach (var fault in Ranges.Positive("Mesh:Inbound:HandshakeTimeout", HandshakeTimeout))
            yield return fault;
    }
}
