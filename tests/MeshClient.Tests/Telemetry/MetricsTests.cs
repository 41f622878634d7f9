using MeshClient.OutlierDetection;
using MeshClient.Telemetry;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Telemetry;

public sealed class MetricsTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly Measurements _seen;

    public MetricsTests() => _seen = new Measurements(_meters);

    [Fact]
    public void Each_count_has_its_instrument_and_its_tags()
    {
        var metrics = new ClusterMetrics(_meters);
        (string Name, Action Count, string Tags)[] counts =
        [
            ("mesh.outlier_detection.ejections", () => metrics.Ejected("catalog", "success_rate"), ",mesh.ejection.reason=success_rate"),
            ("mesh.retries", () => metrics.Retried("catalog"), ""),
            ("mesh.retries.denied", () => metrics.RetryDenied("catalog"), ""),
            ("mesh.hedges", () => metrics.Hedged("catalog"), ""),
            ("mesh.hedges.won", () => metrics.HedgeWon("catalog"), ""),
            ("mesh.hedges.denied", () => metrics.HedgeDenied("catalog"), ""),
            ("mesh.limits.rejected", () => metrics.LimitRejected("catalog", "queue"), ",mesh.limit.reason=queue"),
        ];
        Assert.All(counts, c =>
        {
            c.Count();
            Assert.Equal([$"mesh.service=catalog{c.Tags} 1"], _seen.Take(c.Name));
        });
    }

    [Fact]
    public void A_queue_is_observed_until_it_is_gone()
    {
        var metrics = new ClusterMetrics(_meters);
        var waiting = 3;
        using (metrics.TrackQueued("catalog", () => waiting))
        {
            Assert.Equal(["mesh.service=catalog 3"], _seen.Take("mesh.limits.queued"));
            waiting = 0;
            Assert.Equal(["mesh.service=catalog 0"], _seen.Take("mesh.limits.queued"));
        }
        Assert.Empty(_seen.Take("mesh.limits.queued"));
    }

    [Fact]
    public void Every_reason_of_an_ejection_is_listed_with_its_tag() =>
        Assert.Equal(
            ClusterMetrics.EjectionReason.Values.Order(), Enum.GetValues<EjectionReason>().Select(r => r.TagValue()).Order());

    public void Dispose()
    {
        _seen.Dispose();
        _meters.Dispose();
    }
}
