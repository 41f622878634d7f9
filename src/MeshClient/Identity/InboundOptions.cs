using MeshClient.Primitives;

namespace MeshClient.Identity;

/// <summary>Which of the server's endpoints belong to the mesh (section <c>Mesh:Inbound</c>); read at the start of the program.</summary>
/// <remarks>
/// An endpoint is named as it stands under <c>Kestrel:Endpoints</c>, or, where it has no name, by its address as in <c>URLS</c>:
/// <c>http://*:8080</c>. It matters only where <c>Mesh:Security:Mode</c> is not Off.
/// </remarks>
public sealed class InboundOptions
{
    /// <summary>The endpoints of the mesh. Default: none named, and all belong to it but those excluded.</summary>
    public IList<string> Endpoints { get; set; } = [];

    /// <summary>Endpoints that the mesh leaves alone: public ones, and a plain one for the agent's health check. Default: none.</summary>
    public IList<string> ExcludedEndpoints { get; set; } = [];

    /// <summary>How long a connection may take from its start to the end of the TLS handshake. Default 10 s, over zero, at most one day.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    internal IEnumerable<string> Faults()
    {
        foreach (var name in Endpoints.Intersect(ExcludedEndpoints, StringComparer.OrdinalIgnoreCase))
            yield return $"Mesh:Inbound: expected each endpoint under Endpoints or under ExcludedEndpoints, found \"{name}\" under both.";
        if (Endpoints.Concat(ExcludedEndpoints).Any(string.IsNullOrWhiteSpace))
            yield return "Mesh:Inbound: expected names or addresses of endpoints, found an empty one.";
        foreach (var fault in Ranges.Positive("Mesh:Inbound:HandshakeTimeout", HandshakeTimeout))
            yield return fault;
    }
}
