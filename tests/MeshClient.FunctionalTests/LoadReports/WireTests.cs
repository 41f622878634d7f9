using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshClient.Grpc;
using MeshClient.LoadReports;
using Xds.Data.Orca.V3;
using Xds.Service.Orca.V3;

namespace MeshClient.FunctionalTests.LoadReports;

/// <summary>The library's own encoding against the classes that protoc makes of the schema.</summary>
public sealed class WireTests
{
    [Fact]
    public void What_the_library_writes_is_read_by_the_generated_classes()
    {
        var random = new Random(5);
        for (var i = 0; i < 500; i++)
        {
            var report = new LoadReport
            {
                CpuUtilization = Any(random),
                MemoryUtilization = random.NextDouble(),
                ApplicationUtilization = Any(random),
                RequestsPerSecond = Any(random),
                ErrorsPerSecond = Any(random),
                RequestCost = Map(random),
                Utilization = Map(random),
                NamedMetrics = Map(random),
            };

            var read = OrcaLoadReport.Parser.ParseFrom(LoadReportWriter.Message(report).AsSpan(GrpcStream.PrefixLength));

            Assert.Equal(Generated(report), read);
            Assert.Equal(read.CalculateSize(), LoadReportWriter.Length(report));
        }
    }

    [Fact]
    public void What_the_generated_classes_write_is_read_by_the_library()
    {
        var random = new Random(6);
        for (var i = 0; i < 500; i++)
        {
            var report = Generated(new()
            {
                CpuUtilization = Any(random),
                ApplicationUtilization = Any(random),
                RequestsPerSecond = Any(random),
                ErrorsPerSecond = Any(random),
                Utilization = Map(random),
                NamedMetrics = Map(random),
            });
#pragma warning disable CS0612 // Servers of before still send it.
            report.Rps = (ulong)random.NextInt64();
#pragma warning restore CS0612

            Assert.True(LoadFigures.TryRead(report.ToByteArray(), out var figures));

            Assert.Equal(new LoadFigures(report.CpuUtilization, report.ApplicationUtilization, report.RpsFractional, report.Eps), figures);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(10, 0)]
    [InlineData(0, 500_000_000)]
    [InlineData(3_000, 1_000_000)]
    public void The_interval_that_a_client_asks_for_is_read(long seconds, int nanoseconds)
    {
        var request = new OrcaLoadReportRequest
        {
            ReportInterval = new Duration { Seconds = seconds, Nanos = nanoseconds },
            RequestCostNames = { "cost", "bytes" },
        };

        Assert.True(LoadReportRequest.TryRead(request.ToByteArray(), out var interval));

        Assert.Equal(request.ReportInterval.ToTimeSpan(), interval);
    }

    private static OrcaLoadReport Generated(LoadReport report)
    {
        var generated = new OrcaLoadReport
        {
            CpuUtilization = report.CpuUtilization,
            MemUtilization = report.MemoryUtilization,
            ApplicationUtilization = report.ApplicationUtilization,
            RpsFractional = report.RequestsPerSecond,
            Eps = report.ErrorsPerSecond,
        };
        generated.RequestCost.Add(report.RequestCost.ToDictionary());
        generated.Utilization.Add(report.Utilization.ToDictionary());
        generated.NamedMetrics.Add(report.NamedMetrics.ToDictionary());
        return generated;
    }

    private static double Any(Random random) => random.Next(3) == 0 ? 0 : random.NextDouble() * Math.Pow(10, random.Next(-5, 6));

    private static Dictionary<string, double> Map(Random random) =>
        Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"{i}{new string('é', random.Next(200))}", _ => random.Next(3) == 0 ? 0 : random.NextDouble());
}
