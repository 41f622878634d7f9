using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Checks;

/// <summary>Lets a change of mind through only after as many equal results in a row as the check asks for.</summary>
internal sealed class ProbeThreshold(int successBeforePassing, int failuresBeforeCritical)
{
    private int successes;
    private int failures;

    public bool Accepts(HealthStatus status)
    {
        if (status == HealthStatus.Critical)
        {
            successes = 0;
            return ++failures >= failuresBeforeCritical;
        }
        failures = 0;
        return ++successes >= successBeforePassing;
    }
}
