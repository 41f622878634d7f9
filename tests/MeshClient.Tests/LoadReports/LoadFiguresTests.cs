using MeshClient.Grpc;
using MeshClient.LoadReports;

namespace MeshClient.Tests.LoadReports;

public sealed class LoadFiguresTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var message = LoadReportWriter.Message(new()
        {
            CpuUtilization = 0.25,
            MemoryUtilization = 0.5,
            ApplicationUtilization = 1.5,
            RequestsPerSecond = 120.5,
            ErrorsPerSecond = 2,
            RequestCost = new Dictionary<string, double> { ["bytes"] = 3487 },
            Utilization = new Dictionary<string, double> { ["pool"] = 0.75, [new string('ü', 100)] = 0 },
            NamedMetrics = new Dictionary<string, double> { [""] = -1 },
        });

        Assert.True(LoadFigures.TryRead(message.AsSpan(GrpcStream.PrefixLength), out var figures));

        Assert.Equal(new LoadFigures(0.25, 1.5, 120.5, 2), figures);
    }

    [Fact]
    public void An_empty_report_is_one()
    {
        Assert.Equal([0, 0, 0, 0, 0], LoadReportWriter.Message(new()));
        Assert.True(LoadFigures.TryRead([], out var figures));
        Assert.Equal(0, figures.Weight(1));
    }

    [Theory]
    [InlineData("09", "a tag without its value")]
    [InlineData("09000000000000E03F80", "a tag that does not end")]
    [InlineData("09000000000000E0BF", "a negative figure")]
    [InlineData("09000000000000F07F", "infinity")]
    [InlineData("31000000000000F87F", "no number")]
    [InlineData("2205", "a length beyond the end")]
    [InlineData("22FFFFFFFFFFFFFFFFFF01", "a length of 64 bits")]
    [InlineData("0B", "a group")]
    [InlineData("0000", "field 0")]
    [InlineData("18FFFFFFFFFFFFFFFFFFFF01", "a number of eleven bytes")]
    public void What_is_broken_is_refused(string hex, string because) => Assert.False(LoadFigures.TryRead(Convert.FromHexString(hex), out _), because);

    [Theory]
    [InlineData("180A09000000000000E03F", "the old rps, as a whole number")]
    [InlineData("09000000000000D03F09000000000000E03F", "the last of two")]
    [InlineData("7D0000000009000000000000E03F", "a field of four bytes that nobody knows")]
    [InlineData("A20603616263" + "09000000000000E03F", "a text that nobody knows")]
    [InlineData("0805" + "09000000000000E03F", "the number of a figure, but no figure")]
    public void What_is_not_needed_is_passed_over(string hex, string because)
    {
        Assert.True(LoadFigures.TryRead(Convert.FromHexString(hex), out var figures), because);
        Assert.Equal(0.5, figures.Cpu);
    }

    [Theory]
    [InlineData(0.5, 0, 100, 0, 1, 200)]
    [InlineData(0.5, 0.25, 100, 0, 1, 400)]
    [InlineData(0.5, 0, 100, 50, 1, 100)]
    [InlineData(0.5, 0, 100, 50, 0, 200)]
    [InlineData(2.0, 0, 100, 0, 1, 50)]
    [InlineData(0, 0, 100, 0, 1, 0)]
    [InlineData(0.5, 0, 0, 0, 1, 0)]
    public void The_weight_is_what_the_server_could_answer(double cpu, double application, double requests, double errors, double penalty, double weight) =>
        Assert.Equal(weight, new LoadFigures(cpu, application, requests, errors).Weight(penalty));
}
