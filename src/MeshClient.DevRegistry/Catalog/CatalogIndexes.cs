namespace MeshClient.DevRegistry.Catalog;

/// <summary>
/// The numbers behind X-Consul-Index. A service that exists has its own, so that a waiting caller wakes for this service
/// only; a name without instances borrows the index of the last extinction, or of the tables while nothing ever vanished.
/// Not thread-safe: the catalog's lock covers it.
/// </summary>
internal sealed class CatalogIndexes
{
    /// <summary>Where a fresh registry begins: a real agent has written its own node by then.</summary>
    public const ulong First = 10;

    private readonly Dictionary<string, ulong> services = new(StringComparer.OrdinalIgnoreCase);
    private ulong last = First;
    private ulong servicesTable = First;
    private ulong checksTable = First;
    private ulong lastExtinction;

    public ulong ServicesTable => servicesTable;

    public ulong Next() => ++last;

    public void ServiceChanged(string name, ulong index)
    {
        services[name] = index;
        servicesTable = index;
    }

    public void CheckChanged(IEnumerable<string> affectedServices, ulong index)
    {
        foreach (var name in affectedServices)
        {
            services[name] = index;
        }
        checksTable = index;
    }

    public void ServiceVanished(string name, ulong index)
    {
        services.Remove(name);
        servicesTable = index;
        lastExtinction = index;
    }

    public ulong OfService(string name, bool withChecks)
    {
        if (services.TryGetValue(name, out var own))
        {
            return own;
        }
        return lastExtinction > 0 ? lastExtinction : withChecks ? Math.Max(servicesTable, checksTable) : servicesTable;
    }
}
