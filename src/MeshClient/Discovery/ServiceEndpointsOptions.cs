using System.ComponentModel.DataAnnotations;

namespace MeshClient.Discovery;

/// <summary>The endpoints of a service that are written in the configuration (<c>Mesh:Services:&lt;name&gt;</c>) instead of found in a registry.</summary>
public sealed class ServiceEndpointsOptions
{
    /// <summary>
    /// The endpoints. In the configuration each is an object, or just its address: <c>"Endpoints": [ "10.0.0.1:8080", { "Address":
    /// "10.0.0.2:8080", "Weight": 3 } ]</c>. Default: none.
    /// </summary>
    public IList<EndpointOptions> Endpoints { get; set; } = [];
}

/// <summary>One endpoint in the configuration.</summary>
public sealed class EndpointOptions
{
    /// <summary>Where it listens: <c>host:port</c> or <c>[IPv6]:port</c>, port 1 to 65535. Required.</summary>
    public string? Address { get; set; }

    /// <summary>Its share of the calls relative to the others, 0 to 65535; 0 = none. Default 1.</summary>
    [Range(0, 65535)]
    public int Weight { get; set; } = 1;

    /// <summary>Its tags, as a registry would hold them. Default: none.</summary>
    public IList<string> Tags { get; set; } = [];

    /// <summary>Its metadata, as a registry would hold it. Default: none.</summary>
    public IDictionary<string, string> Meta { get; set; } = new Dictionary<string, string>();
}
