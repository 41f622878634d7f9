using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;

namespace MeshClient.DevRegistry.Tests.Checks;

public sealed class ProbeThresholdTests
{
    [Fact]
    public void Without_thresholds_every_result_counts()
    {
        var threshold = new ProbeThreshold(0, 0);
        Assert.True(threshold.Accepts(HealthStatus.Critical));
        Assert.True(threshold.Accepts(HealthStatus.Passing));
    }

    [Fact]
    public void Results_count_once_enough_of_them_came_in_a_row()
    {
        var threshold = new ProbeThreshold(successBeforePassing: 2, failuresBeforeCritical: 3);
        HealthStatus[] results =
        [
            HealthStatus.Critical, HealthStatus.Critical, HealthStatus.Passing, HealthStatus.Warning,
            HealthStatus.Critical, HealthStatus.Critical, HealthStatus.Critical,
        ];
        Assert.Equal([false, false, false, true, false, false, true], results.Select(threshold.Accepts));
    }
}
