namespace MeshClient.DevRegistry.Catalog;

/// <summary>The one node of the registry.</summary>
internal sealed record NodeIdentity(string Id, string Name, string Address, string Datacenter)
{
    /// <summary>The version of Consul whose answers these are.</summary>
    public const string Version = "1.8.7";
}
