using System.Net;

namespace MeshClient.DevRegistry;

/// <summary>The settings of a development registry. The defaults suit a test: a free port on the loopback address.</summary>
public sealed record DevRegistryOptions
{
    /// <summary>The address to listen on. Default: 127.0.0.1. The registry knows no access control: keep it on loopback.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The TCP port to listen on, 0 to 65535. Default: 0, a free port that the system chooses.</summary>
    public int Port { get; init; }

    /// <summary>The datacenter it says it is in. A query for another one is answered "No path to datacenter". Default: "dc1".</summary>
    public string Datacenter { get; init; } = "dc1";

    /// <summary>The name of its one node. Default: "dev-registry".</summary>
    public string NodeName { get; init; } = "dev-registry";

    /// <summary>The lifetimes of the certificates that it issues. Default: those of Consul.</summary>
    public AuthorityOptions Authority { get; init; } = new();

    /// <summary>
    /// What the mesh does with calls that no intention is about. Default: <see cref="IntentionAction.Allow"/>, as an agent
    /// without access control. <see cref="IntentionAction.Deny"/> is told to clients as an agent's ACL policy "deny"; the
    /// registry's own paths stay open to all.
    /// </summary>
    public IntentionAction DefaultIntention { get; init; } = IntentionAction.Allow;

    /// <summary>The clock of every expiry, interval and wait. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The seed of jitter, stagger and the node's ID; equal seeds draw equally. Default: null, a new seed each time.</summary>
    public int? Seed { get; init; }
}
