using System.ComponentModel.DataAnnotations;

namespace MeshClient.Consul;

/// <summary>How to reach the Consul agent and how to watch it (section <c>Mesh:Consul</c>).</summary>
/// <remarks>What is left out is taken from the variables of Consul's own tools, then from the defaults.</remarks>
public sealed class ConsulOptions
{
    /// <summary>
    /// The agent's HTTP API: <c>http://host:port</c>, <c>https://host:port</c>, <c>host:port</c> or <c>unix:///path</c>. Default:
    /// <c>CONSUL_HTTP_ADDR</c>, else <c>http://127.0.0.1:8500</c>. Without a scheme <c>CONSUL_HTTP_SSL=true</c> means https.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>The ACL token. Default: <c>CONSUL_HTTP_TOKEN_FILE</c>, else <c>CONSUL_HTTP_TOKEN</c>, else none.</summary>
    public string? Token { get; set; }

    /// <summary>A file that holds the ACL token; wins over <see cref="Token"/> and is read again when it changes. Default: none.</summary>
    public string? TokenFile { get; set; }

    /// <summary>The datacenter to look services up in when the caller names none. Default: the agent's own.</summary>
    public string? Datacenter { get; set; }

    /// <summary>TLS to the agent.</summary>
    public ConsulTlsOptions Tls { get; set; } = new();

    /// <summary>How long the agent may hold a query without a change. It bounds how old data can be after a restore of Consul.
    /// Range 10 s to 60 s. Default 30 s.</summary>
    public TimeSpan WaitTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection to the agent may take. Range over 0 to 1 min. Default 2 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How many lists of services are watched by a held query at once; the ones above it are polled. A service has one, and two where
    /// <c>Mesh:Security:Mode</c> is <c>Permissive</c>. Consul allows 200 connections from one address by default, for all processes there
    /// together. Range 1 to 10000. Default 150.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxWatches { get; set; } = 150;

    /// <summary>How often a service above <see cref="MaxWatches"/> is read. Range 1 s to 10 min. Default 10 s.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The age of a server's data from which it counts as stale. Range 1 s to 1 h. Default 10 s.</summary>
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long instances that are gone after a restart of Consul are still used, so that they can register again. Range 0 (off) to 1 h.
    /// Default 60 s.
    /// </summary>
    public TimeSpan RestartGrace { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>TLS to the Consul agent. Files are PEM and read once, at the start.</summary>
public sealed class ConsulTlsOptions
{
    /// <summary>The authorities that may have issued the agent's certificate. Default: <c>CONSUL_CACERT</c>, else the system's.</summary>
    public string? CaFile { get; set; }

    /// <summary>The certificate to present to the agent; needs <see cref="KeyFile"/>. Default: <c>CONSUL_CLIENT_CERT</c>, else none.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The key of <see cref="CertificateFile"/>. Default: <c>CONSUL_CLIENT_KEY</c>, else none.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The name that the agent's certificate must bear. Default: <c>CONSUL_TLS_SERVER_NAME</c>, else the host of the address.</summary>
    public string? ServerName { get; set; }
}
