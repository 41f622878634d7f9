using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Checks;

/// <summary>The state of a check that mirrors those of another service: the worst of them.</summary>
internal static class AliasCheck
{
    /// <param name="target">The ID of the mirrored service.</param>
    /// <param name="exists">Whether that service is registered.</param>
    /// <param name="checks">Its checks.</param>
    public static ProbeResult Evaluate(string target, bool exists, IEnumerable<CatalogCheck> checks)
    {
        if (!exists)
        {
            return new(HealthStatus.Critical, $"Service {target} could not be found on node ");
        }
        var result = new ProbeResult(HealthStatus.Passing, "No checks found.");
        foreach (var check in checks)
        {
            if (check.Status != HealthStatus.Passing)
            {
                result = new(check.Status, $"Aliased check \"{check.Name}\" failing: {check.Output}");
            }
            else if (result.Status == HealthStatus.Passing)
            {
                result = new(HealthStatus.Passing, "All checks passing.");
            }
            if (check.Status == HealthStatus.Critical)
            {
                break;
            }
        }
        return result;
    }
}
