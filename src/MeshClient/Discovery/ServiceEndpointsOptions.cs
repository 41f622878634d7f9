namespace MeshClient.Discovery;

/// <summary>The endpoints of a service that are written in the configuration (<c>Mesh:Services:&lt;name&gt;</c>) instead of found in a registry.</summary>
public sealed class ServiceEndpointsOptions
{
    /// <summary>Endpoints as <c>host:port</c> or <c>[IPv6]:port</c>, each with weight 1. Default: none.</summary>
    public IList<string> Addresses { get; set; } = [];

    /// <summary>Endpoints with more to say than an address; in a configuration an item may be a plain address too. Default: none.</summary>
    public IList<EndpointOptions> Endpoints { get; set; } = [];
}

/// <summary>One endpoint in the configuration.</summary>
public sealed class EndpointOptions
{
    /// <summary>Where it listens: <c>host:port</c> or <c>[IPv6]:port</c>, port 1 to 65535. Required.</summary>
    public string? Address { get; set; }

    /// <summary>Its share of the calls relative to the others, 0 to 65535; 0 = none. Default 1.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>Its tags, as a registry would hold them. Default: none.</summary>
    public IList<string> Tags { get; set; } = [];

    /// <summary>Its metadata, as a registry would hold it. Default: none.</summary>
    public IDictionary<string, string> Meta { get; set; } = new Dictionary<string, string>();
}
