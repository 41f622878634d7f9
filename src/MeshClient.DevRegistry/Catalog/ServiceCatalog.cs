namespace MeshClient.DevRegistry.Catalog;

/// <summary>
/// What readers see: instances, checks and indexes of one node. Every write that changes something takes one new index and
/// wakes all who wait; a write that changes nothing does neither. Time, timers and HTTP are unknown here.
/// </summary>
internal sealed class ServiceCatalog
{
    private readonly Lock gate = new();
    private readonly CatalogIndexes indexes = new();
    private readonly SortedDictionary<string, CatalogService> services = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CatalogCheck> checks = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = NewSignal();

    public ServiceCatalog()
    {
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

    /// <summary>Completes at the next change. Take it before a read, else a change between the two is missed.</summary>
    public Task Changed
    {
        get
        {
            lock (gate)
            {
                return changed.Task;
            }
        }
    }

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
                indexes.CheckChanged(ServicesUnder(removed), index);
                Signal(index);
            }
        }
    }

    public Indexed<IReadOnlyList<HealthEntry>> Health(string name)
    {
        lock (gate)
        {
            var nodeChecks = checks.Values.Where(static check => check.ServiceId.Length == 0).ToList();
            var entries = InstancesOf(name)
                .Select(service => new HealthEntry(
                    service, [.. nodeChecks, .. checks.Values.Where(check => check.ServiceId == service.Definition.Id)]))
                .ToList();
            return new(entries, indexes.OfService(name, withChecks: true));
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

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private IEnumerable<CatalogService> InstancesOf(string name) =>
        services.Values.Where(service => string.Equals(service.Definition.Name, name, StringComparison.OrdinalIgnoreCase));

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
        indexes.CheckChanged(ServicesUnder(check), index.Value);
    }

    // A check of the node stands above every service of the node.
    private IEnumerable<string> ServicesUnder(CatalogCheck check) =>
        check.ServiceId.Length > 0 ? [check.ServiceName] : services.Values.Select(static service => service.Definition.Name);

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
            changed.SetResult();
            changed = NewSignal();
        }
    }
}
