namespace MeshClient.DevRegistry.Catalog;

/// <summary>
/// The numbers behind X-Consul-Index. A service that exists has its own, so that a waiting caller wakes for this service
/// only; a name without instances borrows the index of the last extinction, or of the tables while nothing ever vanished.
/// What mesh callers of a service see (native instances and sidecars) has an index of its own too. Not thread-safe: the
/// catalog's lock covers it.
/// </summary>
internal sealed class CatalogIndexes(Ledger ledger)
{
    /// <inheritdoc cref="Ledger.First"/>
    public const ulong First = Ledger.First;

    private readonly Dictionary<string, ulong> services = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ulong> meshServices = new(StringComparer.OrdinalIgnoreCase);
    private ulong servicesTable = First;
    private ulong checksTable = First;
    private ulong lastExtinction;

    public ulong ServicesTable => servicesTable;

    public ulong Next() => ledger.Next();

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

    /// <summary>What mesh callers see of this service changed; null is a service that none can call.</summary>
    public void MeshChanged(string? name, ulong index)
    {
        if (name is not null)
        {
            meshServices[name] = index;
        }
    }

    /// <summary>The index for mesh callers: of the tables, while the service never had a mesh instance.</summary>
    public ulong OfMesh(string name) =>
        meshServices.TryGetValue(name, out var own) ? own : Math.Max(servicesTable, checksTable);

    public ulong OfService(string name, bool withChecks)
    {
        if (services.TryGetValue(name, out var own))
        {
            return own;
        }
        return lastExtinction > 0 ? lastExtinction : withChecks ? Math.Max(servicesTable, checksTable) : servicesTable;
    }
}
