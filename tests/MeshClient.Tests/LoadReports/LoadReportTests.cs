using MeshClient.LoadReports;

namespace MeshClient.Tests.LoadReports;

public sealed class LoadReportTests
{
    [Fact]
    public void One_report_goes_over_another_field_by_field_and_name_by_name()
    {
        var below = new LoadReport
        {
            CpuUtilization = 0.1,
            MemoryUtilization = 0.2,
            ApplicationUtilization = 0.3,
            RequestsPerSecond = 4,
            ErrorsPerSecond = 5,
            NamedMetrics = new Dictionary<string, double> { ["a"] = 1, ["b"] = 2 },
        };

        var both = new LoadReport
        {
            CpuUtilization = 0.9,
            RequestCost = new Dictionary<string, double> { ["bytes"] = 7 },
            NamedMetrics = new Dictionary<string, double> { ["b"] = 3 },
        }.Over(below);

        Assert.Equal((0.9, 0.2, 0.3), (both.CpuUtilization, both.MemoryUtilization, both.ApplicationUtilization));
        Assert.Equal((4.0, 5.0), (both.RequestsPerSecond, both.ErrorsPerSecond));
        Assert.Equal("bytes=7", Text(both.RequestCost));
        Assert.Equal("", Text(both.Utilization));
        Assert.Equal("a=1 b=3", Text(both.NamedMetrics));
    }

    [Fact]
    public void What_is_no_load_is_refused()
    {
        foreach (var value in (double[])[-0.1, double.NaN, double.PositiveInfinity])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { CpuUtilization = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { ApplicationUtilization = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { RequestsPerSecond = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { ErrorsPerSecond = value });
            Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { MemoryUtilization = value });
        }
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { Utilization = new Dictionary<string, double> { ["pool"] = 1.1 } });
        Assert.StartsWith("pool: expected 0 to 1, found 1.1.", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { RequestCost = new Dictionary<string, double> { ["x"] = double.NaN } });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LoadReport { NamedMetrics = new Dictionary<string, double> { ["x"] = double.NegativeInfinity } });
        Assert.Throws<ArgumentNullException>(() => new LoadReport { NamedMetrics = null! });
    }

    [Fact]
    public void A_report_does_not_change_with_what_it_was_made_of()
    {
        var metrics = new Dictionary<string, double> { ["a"] = 1 };
        var report = new LoadReport { NamedMetrics = metrics };
        metrics["a"] = 2;
        Assert.Equal(1, report.NamedMetrics["a"]);
    }

    private static string Text(IReadOnlyDictionary<string, double> values) => string.Join(" ", values.OrderBy(v => v.Key).Select(v => $"{v.Key}={v.Value}"));
}
