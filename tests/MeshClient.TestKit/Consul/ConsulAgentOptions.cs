namespace MeshClient.TestKit.Consul;

/// <summary>How a real agent is started.</summary>
public sealed record ConsulAgentOptions
{
    /// <summary>The datacenter it is in.</summary>
    public string Datacenter { get; init; } = "dc1";

    /// <summary>The name of its node.</summary>
    public string NodeName { get; init; } = "node-a";

    /// <summary>Whether every request needs a token: default policy "deny", with <see cref="ConsulAgent.MasterToken"/> allowed all.</summary>
    public bool AclDefaultDeny { get; init; }
}
