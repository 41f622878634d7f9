using System.ComponentModel.DataAnnotations;

namespace MeshClient.Consul.Registration;

/// <summary>This instance, as it is registered (section <c>Mesh:Service</c>).</summary>
public sealed class ServiceOptions
{
    /// <summary>The name that callers use. Default: none, and nothing is registered.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// What tells this instance from the others: the same across its restarts, another for each instance. Default:
    /// <c>name-host-port</c>. Set it where several instances without a port run on one host.
    /// </summary>
    public string? Id { get; set; }

    /// <summary>The IP address or host name that callers connect to. Default: the address of the agent's node.</summary>
    public string? Address { get; set; }

    /// <summary>The port that callers connect to, 1 to 65535. Default: that of the server; none for a service that takes no calls.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The scheme that an HTTP check uses: <c>http</c> or <c>https</c>. Default: that of the server's address.</summary>
    public string? Scheme { get; set; }

    /// <summary>Tags for callers to choose by. Default: none.</summary>
    public IList<string> Tags { get; set; } = [];

    /// <summary>Metadata for callers to choose by. Default: none.</summary>
    public IDictionary<string, string> Meta { get; set; } = new Dictionary<string, string>();

    /// <summary>The instance's share of the calls.</summary>
    public ServiceWeightOptions Weights { get; set; } = new();

    /// <summary>How Consul learns that the instance is alive.</summary>
    public ServiceCheckOptions Check { get; set; } = new();

    /// <summary>How long the check may be critical before Consul removes the instance. Range 1 min to 7 days. Default 10 min.</summary>
    public TimeSpan DeregisterCriticalServiceAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stopping instance waits for the calls it has after it has left the registry. Range 0 to 10 min. Default 5 s.</summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>An instance's share of the calls relative to the others of its service.</summary>
public sealed class ServiceWeightOptions
{
    /// <summary>While its checks pass, 1 to 65535. Default 1.</summary>
    [Range(1, 65535)]
    public int Passing { get; set; } = 1;

    /// <summary>While a check warns, 0 to 65535; 0 = none. Default 1.</summary>
    [Range(0, 65535)]
    public int Warning { get; set; } = 1;
}

/// <summary>How Consul learns that an instance is alive.</summary>
public enum ServiceCheckType
{
    /// <summary>The instance reports to the agent at a third of <see cref="ServiceCheckOptions.Ttl"/>.</summary>
    Ttl,

    /// <summary>The agent calls <see cref="ServiceCheckOptions.Path"/> by HTTP and expects a status of 2xx.</summary>
    Http,

    /// <summary>The agent calls the gRPC health service; <see cref="ServiceCheckOptions.Path"/> names the service to ask for, if any.</summary>
    Grpc,

    /// <summary>The agent opens a connection.</summary>
    Tcp,

    /// <summary>There is no check: the instance counts as alive while its node does.</summary>
    None,
}

/// <summary>The check of an instance.</summary>
public sealed class ServiceCheckOptions
{
    /// <summary>The kind of check. Default <see cref="ServiceCheckType.Ttl"/>.</summary>
    public ServiceCheckType Type { get; set; }

    /// <summary>The path of an HTTP check, or the service name of a gRPC check. Default <c>/health</c> for HTTP, none for gRPC.</summary>
    public string? Path { get; set; }

    /// <summary>
    /// The port that the agent checks, 1 to 65535. Default: that of the service. An endpoint of the mesh takes no calls of the agent where
    /// <c>Mesh:Security:Mode</c> is Strict: give the check a plain endpoint of its own, and its port here.
    /// </summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>How often the agent checks. Range 1 s to 1 h. Default 10 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a check may take. Range 100 ms to 5 min. Default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the instance counts as alive after it last reported. Range 3 s to 1 h. Default 15 s.</summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);
}
