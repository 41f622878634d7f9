using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;

namespace MeshClient.DevRegistry.Agent;

/// <summary>A check while the agent keeps it: its state, and the timers that move it. The agent's lock covers it.</summary>
internal sealed class LocalCheck(CheckDefinition definition, ServiceDefinition? service) : IDisposable
{
    public CheckDefinition Definition { get; } = definition;
    public ServiceDefinition? Service { get; } = service;
    public HealthStatus Status { get; set; } = definition.InitialStatus;
    public string Output { get; set; } = "";

    /// <summary>What the catalog was last told. It lags behind <see cref="Output"/> while the status stays the same.</summary>
    public string PublishedOutput { get; set; } = "";

    /// <summary>A timestamp of the time provider, since when the check is critical without a break.</summary>
    public long? CriticalSince { get; set; }

    /// <summary>A timestamp of the time provider, from which the TTL runs.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Runs out when a TTL check is not renewed.</summary>
    public ITimer? Expiry { get; set; }

    /// <summary>Tells the catalog about an output that changed alone.</summary>
    public ITimer? OutputDelay { get; set; }
    public ProbeLoop? Probe { get; set; }

    /// <summary>Set once the check was replaced or removed: nothing may write it any more.</summary>
    public bool Gone { get; private set; }

    public CatalogCheck ToCatalog(string output) => new()
    {
        Id = Definition.Id,
        Name = Definition.Name,
        Status = Status,
        Notes = Definition.Notes,
        Output = output,
        ServiceId = Service?.Id ?? "",
        ServiceName = Service?.Name ?? "",
        ServiceTags = Service?.Tags ?? [],
        Type = Definition.TypeText,
    };

    public void Dispose()
    {
        Gone = true;
        Expiry?.Dispose();
        OutputDelay?.Dispose();
        Probe?.Dispose();
    }
}
