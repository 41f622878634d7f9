using MeshClient.Clusters;
using MeshClient.Consul;
using MeshClient.Consul.Registration;
using MeshClient.Discovery;
using MeshClient.Identity;

namespace MeshClient.Configuration;

/// <summary>The <c>Mesh</c> section of the configuration.</summary>
public sealed class MeshOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string SectionName = "Mesh";

    /// <summary>The key of the defaults in <see cref="Upstreams"/>.</summary>
    public const string Defaults = "*";

    /// <summary>This service: what it is registered as.</summary>
    public ServiceOptions Service { get; set; } = new();

    /// <summary>The Consul agent.</summary>
    public ConsulOptions Consul { get; set; } = new();

    /// <summary>What is kept on disk for a start while the registry is away.</summary>
    public SnapshotOptions Snapshot { get; set; } = new();

    /// <summary>Who this service proves to be, and whether calls are authenticated and encrypted.</summary>
    public SecurityOptions Security { get; set; } = new();

    /// <summary>Which of the server's endpoints belong to the mesh.</summary>
    public InboundOptions Inbound { get; set; } = new();

    /// <summary>The services that are called, by the name that stands in their URLs; <c>*</c> holds the defaults of all.</summary>
    public Dictionary<string, UpstreamOptions> Upstreams { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Services whose endpoints stand in the configuration, for use without a registry or in place of it.</summary>
    public Dictionary<string, ServiceEndpointsOptions> Services { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether every host of a single label (<c>http://orders</c>) is a service of the mesh, declared or not. Default false: only the names under
    /// <see cref="Upstreams"/> and <see cref="Services"/>, and hosts that end in <c>.mesh</c>.
    /// </summary>
    public bool BareNames { get; set; }

    /// <summary>How long the first call to a service waits for the registry's first answer. Default 5 s, over zero.</summary>
    public TimeSpan FirstSnapshotTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether there is anything to go by at all; without a section and without code, everything passes through.</summary>
    internal bool HasSection { get; set; }

    /// <summary>What stood in the section when these options were made of it.</summary>
    internal SectionKeys Keys { get; set; } = SectionKeys.None;

    /// <summary>Makes the options of a name that has none of its own: the defaults by code, then those of the section's <c>*</c>.</summary>
    internal Func<UpstreamOptions> NewUpstream { get; set; } = static () => new UpstreamOptions();

    /// <summary>Whether any host can be the mesh's.</summary>
    internal bool IsConfigured => HasSection || BareNames || Upstreams.Count > 0 || Services.Count > 0;
}
