using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Agent;

/// <summary>
/// What owners talk to: it keeps their services and checks, and writes each change through to the catalog at once (a real
/// agent does so a moment later). The lock is held across the write, so that the catalog sees changes in their order; the
/// catalog never calls back.
/// </summary>
internal sealed class LocalAgent : IDisposable
{
    /// <summary>How often critical services are looked at for removal.</summary>
    public static readonly TimeSpan ReapInterval = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly ServiceCatalog catalog;
    private readonly CheckLife life;
    private readonly TimeProvider time;
    private readonly ITimer reaper;
    private readonly SortedDictionary<string, ServiceDefinition> services = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LocalCheck> checks = new(StringComparer.Ordinal);
    private readonly SidecarPorts sidecarPorts = new();

    public LocalAgent(ServiceCatalog catalog, TimeProvider time, IRandomSource random)
    {
        this.catalog = catalog;
        this.time = time;
        life = new CheckLife(gate, catalog, time, random, RefreshAliasesOf);
        reaper = time.CreateTimer(static state => ((LocalAgent)state!).Reap(), this, ReapInterval, ReapInterval);
    }

    public IReadOnlyList<ServiceDefinition> Services()
    {
        lock (gate)
        {
            return [.. services.Values];
        }
    }

    public ServiceDefinition? Service(string id)
    {
        lock (gate)
        {
            return services.GetValueOrDefault(id);
        }
    }

    public IReadOnlyList<CatalogCheck> Checks()
    {
        lock (gate)
        {
            return [.. checks.Values.Select(static check => check.ToCatalog(check.Output))];
        }
    }

    /// <summary>
    /// Replaces the service of this ID. A check that was there keeps its state, whatever status the new definition starts
    /// with; checks that the new definition does not name stay, unless <paramref name="replaceChecks"/> says otherwise.
    /// </summary>
    public void Register(ServiceDefinition service, IReadOnlyList<CheckDefinition> definitions, bool replaceChecks)
    {
        lock (gate)
        {
            services[service.Id] = service;
            var written = definitions.Select(definition => Put(definition, service)).ToList();
            catalog.Write(service, written);
            if (replaceChecks)
            {
                var named = definitions.Select(static definition => definition.Id).ToHashSet(StringComparer.Ordinal);
                foreach (var old in ChecksOf(service.Id).Where(check => !named.Contains(check.Definition.Id)))
                {
                    Remove(old.Definition.Id);
                }
            }
            RefreshAliases();
        }
    }

    /// <returns>The port of a sidecar that names none; null when the range is used up.</returns>
    public int? TakeSidecarPort(string sidecarId)
    {
        lock (gate)
        {
            var others = services.Values.Where(service => service.Id != sidecarId);
            return sidecarPorts.Take(sidecarId, others.Select(static service => service.Port));
        }
    }

    /// <returns>False when the service that the check names is unknown.</returns>
    public bool RegisterCheck(CheckDefinition definition, string serviceId)
    {
        lock (gate)
        {
            if (serviceId.Length == 0 || services.ContainsKey(serviceId))
            {
                catalog.Write(null, [Put(definition, services.GetValueOrDefault(serviceId))]);
                RefreshAliases();
                return true;
            }
            return false;
        }
    }

    /// <summary>Takes the service away, and the sidecar that was registered with it.</summary>
    public void Deregister(string serviceId)
    {
        lock (gate)
        {
            if (!services.Remove(serviceId))
            {
                return;
            }
            sidecarPorts.Release(serviceId);
            foreach (var check in ChecksOf(serviceId))
            {
                checks.Remove(check.Definition.Id);
                check.Dispose();
            }
            catalog.RemoveService(serviceId);
            var sidecar = ServiceDefinition.SidecarIdOf(serviceId);
            if (services.GetValueOrDefault(sidecar)?.Proxy?.DestinationId == serviceId)
            {
                Deregister(sidecar);
            }
            RefreshAliases();
        }
    }

    public void DeregisterCheck(string id)
    {
        lock (gate)
        {
            Remove(id);
            RefreshAliases();
        }
    }

    /// <returns>False when there is no TTL check of this ID.</returns>
    public bool Renew(string id, HealthStatus status, string output)
    {
        lock (gate)
        {
            if (!checks.TryGetValue(id, out var check) || check.Definition.Kind != CheckKind.Ttl)
            {
                return false;
            }
            life.Renew(check, status, output);
            return true;
        }
    }

    /// <returns>False when the service is unknown.</returns>
    public bool SetMaintenance(string serviceId, bool enable, string reason)
    {
        lock (gate)
        {
            if (!services.TryGetValue(serviceId, out var service))
            {
                return false;
            }
            var id = MaintenanceCheck.IdOf(serviceId);
            if (!enable)
            {
                Remove(id);
            }
            else if (!checks.ContainsKey(id))
            {
                catalog.Write(null, [Put(MaintenanceCheck.Create(serviceId, reason), service)]);
            }
            RefreshAliases();
            return true;
        }
    }

    public void Dispose()
    {
        reaper.Dispose();
        lock (gate)
        {
            foreach (var check in checks.Values)
            {
                check.Dispose();
            }
            checks.Clear();
            services.Clear();
        }
    }

    private List<LocalCheck> ChecksOf(string serviceId) => [.. checks.Values.Where(check => check.Service?.Id == serviceId)];

    private CatalogCheck Put(CheckDefinition definition, ServiceDefinition? service)
    {
        var check = life.Begin(definition, service, checks.GetValueOrDefault(definition.Id));
        checks[definition.Id] = check;
        return check.ToCatalog(check.PublishedOutput);
    }

    private void Remove(string id)
    {
        if (checks.Remove(id, out var check))
        {
            check.Dispose();
            catalog.RemoveCheck(id);
        }
    }

    // Aliases look at no aliases: a ring of them would never settle.
    private void RefreshAliasesOf(LocalCheck check)
    {
        if (check.Definition.Kind != CheckKind.Alias)
        {
            RefreshAliases();
        }
    }

    private void RefreshAliases()
    {
        foreach (var alias in checks.Values.Where(static check => check.Definition.Kind == CheckKind.Alias))
        {
            var target = alias.Definition.Target;
            var mirrored = checks.Values
                .Where(check => check.Service?.Id == target && check.Definition.Kind != CheckKind.Alias)
                .Select(static check => check.ToCatalog(check.Output));
            var result = AliasCheck.Evaluate(target, services.ContainsKey(target), mirrored);
            life.Update(alias, result.Status, result.Output);
        }
    }

    private void Reap()
    {
        lock (gate)
        {
            var overdue = checks.Values
                .Where(check => check is { Service: not null, CriticalSince: { } since } && check.Definition.DeregisterAfter > TimeSpan.Zero
                    && time.GetElapsedTime(since) > check.Definition.DeregisterAfter)
                .Select(static check => check.Service!.Id)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var id in overdue)
            {
                Deregister(id);
            }
        }
    }
}
