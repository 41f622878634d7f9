namespace MeshClient.DevRegistry.Agent;

/// <summary>Hands out the ports of sidecars that name none. A sidecar that registers again keeps its port. Not thread-safe.</summary>
internal sealed class SidecarPorts
{
    /// <summary>The range of Consul's defaults, both ends included.</summary>
    public const int Min = 21000, Max = 21255;

    private readonly Dictionary<string, int> owned = new(StringComparer.Ordinal);

    /// <returns>The lowest port that neither a sidecar owns nor a service has; null when none is left.</returns>
    public int? Take(string sidecarId, IEnumerable<int> used)
    {
        if (owned.TryGetValue(sidecarId, out var port))
        {
            return port;
        }
        var taken = used.Concat(owned.Values).ToHashSet();
        for (port = Min; port <= Max; port++)
        {
            if (!taken.Contains(port))
            {
                owned[sidecarId] = port;
                return port;
            }
        }
        return null;
    }

    public void Release(string sidecarId) => owned.Remove(sidecarId);
}
