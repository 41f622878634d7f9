namespace MeshClient.DevRegistry.Catalog;

/// <summary>
/// What readers see: instances, checks and indexes of one node. Every write that changes something takes one new index and
/// wakes all who wait; a write that changes nothing does neither. Time, timers and HTTP are unknown here.
/// </summary>
internal sealed class ServiceCatalog
{
    private readonly Lock gate = new();
    private readonly Ledger ledger;
    private readonly CatalogIndexes indexes;
    private readonly SortedDictionary<string, CatalogService> services = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CatalogCheck> checks = new(StringComparer.Ordinal);

    public ServiceCatalog(Ledger? ledger = null)
    {
        this.ledger = ledger ?? new Ledger();
        indexes = new CatalogIndexes(this.ledger);
        var server = new ServiceDefinition { Id = "consul", Name = "consul", Port = 8300 };
        services[server.Id] = new CatalogService(server, CatalogIndexes.First, CatalogIndexes.First);
        indexes.ServiceChanged(server.Name, CatalogIndexes.First);
        checks["serfHealth"] = new CatalogCheck
        {
            Id = "serfHealth",
            Name = "Serf Health Status",
            Status = HealthStatus.Passing,
            Output = "Agent alive and reachable",
            CreateIndex = CatalogIndexes.First,
            ModifyIndex = CatalogIndexes.First,
        };
    }

    /// <inheritdoc cref="Ledger.Changed"/>
    public Task Changed => ledger.Changed;

    public void Write(ServiceDefinition? service, IEnumerable<CatalogCheck> newChecks)
    {
        lock (gate)
        {
            ulong? index = null;
            if (service is not null)
            {
                WriteService(service, ref index);
            }
            foreach (var check in newChecks)
            {
                WriteCheck(check, ref index);
            }
            Signal(index);
        }
    }

    public void RemoveService(string id)
    {
        lock (gate)
        {
            if (!services.Remove(id, out var removed))
            {
                return;
            }
            var index = indexes.Next();
            foreach (var check in checks.Values.Where(check => check.ServiceId == id).ToList())
            {
                checks.Remove(check.Id);
                indexes.CheckChanged([check.ServiceName], index);
            }
            indexes.MeshChanged(removed.Definition.MeshName, index);
            AfterRemovalFrom(removed.Definition.Name, index);
            Signal(index);
        }
    }

    public void RemoveCheck(string id)
    {
        lock (gate)
        {
            if (checks.Remove(id, out var removed))
            {
                var index = indexes.Next();
                CheckChanged(removed, index);
                Signal(index);
            }
        }
    }

    public Indexed<IReadOnlyList<HealthEntry>> Health(string name)
    {
        lock (gate)
        {
            return new(WithChecks(InstancesOf(name)), indexes.OfService(name, withChecks: true));
        }
    }

    /// <summary>What speaks mutual TLS for the service: its native instances, and the proxies in front of others.</summary>
    public Indexed<IReadOnlyList<HealthEntry>> MeshHealth(string name)
    {
        lock (gate)
        {
            return new(WithChecks(MeshInstancesOf(name)), indexes.OfMesh(name));
        }
    }

    /// <inheritdoc cref="MeshHealth"/>
    public Indexed<IReadOnlyList<CatalogService>> MeshInstances(string name)
    {
        lock (gate)
        {
            return new(MeshInstancesOf(name).ToList(), indexes.OfMesh(name));
        }
    }

    public Indexed<IReadOnlyList<CatalogService>> Instances(string name)
    {
        lock (gate)
        {
            return new(InstancesOf(name).ToList(), indexes.OfService(name, withChecks: false));
        }
    }

    /// <summary>Each name with the tags that its instances carry.</summary>
    public Indexed<IReadOnlyDictionary<string, string[]>> Names()
    {
        lock (gate)
        {
            var names = new SortedDictionary<string, string[]>(StringComparer.Ordinal);
            foreach (var group in services.Values.GroupBy(static service => service.Definition.Name, StringComparer.Ordinal))
            {
                names[group.Key] = [.. group.SelectMany(static service => service.Definition.Tags).Distinct().Order(StringComparer.Ordinal)];
            }
            return new(names, indexes.ServicesTable);
        }
    }

    private IEnumerable<CatalogService> InstancesOf(string name) =>
        services.Values.Where(service => string.Equals(service.Definition.Name, name, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<CatalogService> MeshInstancesOf(string name) =>
        services.Values.Where(service => string.Equals(service.Definition.MeshName, name, StringComparison.OrdinalIgnoreCase));

    private List<HealthEntry> WithChecks(IEnumerable<CatalogService> instances)
    {
        var nodeChecks = checks.Values.Where(static check => check.ServiceId.Length == 0).ToList();
        return
        [
            .. instances.Select(service => new HealthEntry(
                service, [.. nodeChecks, .. checks.Values.Where(check => check.ServiceId == service.Definition.Id)])),
        ];
    }

    private void WriteService(ServiceDefinition service, ref ulong? index)
    {
        var old = services.GetValueOrDefault(service.Id);
        if (old is not null && old.Definition.SameAs(service))
        {
            return;
        }
        index ??= indexes.Next();
        services[service.Id] = new CatalogService(service, old?.CreateIndex ?? index.Value, index.Value);
        if (old is not null && !string.Equals(old.Definition.Name, service.Name, StringComparison.OrdinalIgnoreCase))
        {
            AfterRemovalFrom(old.Definition.Name, index.Value);
        }
        indexes.ServiceChanged(service.Name, index.Value);
        indexes.MeshChanged(old?.Definition.MeshName, index.Value);
        indexes.MeshChanged(service.MeshName, index.Value);
    }

    private void WriteCheck(CatalogCheck check, ref ulong? index)
    {
        var old = checks.GetValueOrDefault(check.Id);
        if (old is not null && old.SameAs(check))
        {
            return;
        }
        index ??= indexes.Next();
        checks[check.Id] = check with { CreateIndex = old?.CreateIndex ?? index.Value, ModifyIndex = index.Value };
        CheckChanged(check, index.Value);
    }

    // A check of the node stands above every service of the node.
    private void CheckChanged(CatalogCheck check, ulong index)
    {
        var under = services.Values
            .Select(static service => service.Definition)
            .Where(service => check.ServiceId.Length == 0 || service.Id == check.ServiceId)
            .ToList();
        indexes.CheckChanged(check.ServiceId.Length > 0 ? [check.ServiceName] : under.Select(static service => service.Name), index);
        under.ForEach(service => indexes.MeshChanged(service.MeshName, index));
    }

    private void AfterRemovalFrom(string name, ulong index)
    {
        if (InstancesOf(name).Any())
        {
            indexes.ServiceChanged(name, index);
        }
        else
        {
            indexes.ServiceVanished(name, index);
        }
    }

    private void Signal(ulong? index)
    {
        if (index is not null)
        {
            ledger.Signal();
        }
    }
}
