using MeshClient.Grpc;
using MeshClient.LoadReports;

namespace MeshClient.Tests.LoadReports;

public sealed class LoadReportHeaderTests
{
    private static readonly byte[] s_message = LoadReportWriter.Message(new() { CpuUtilization = 0.5, RequestsPerSecond = 3 });

    private static string Text => TextWith(0);

    [Fact]
    public void It_is_written_without_padding_and_read_with_or_without()
    {
        foreach (var text in (string[])[Text, Convert.ToBase64String(s_message.AsSpan(GrpcStream.PrefixLength)), $" {Text} "])
        {
            Assert.True(Read(text, out var figures), text);
            Assert.Equal((0.5, 3.0), (figures.Cpu, figures.RequestsPerSecond));
        }
        Assert.DoesNotContain('=', Text);
    }

    [Fact]
    public void A_long_one_is_read_and_one_longer_than_headers_are_is_not()
    {
        Assert.True(Read(TextWith(3000), out var figures));
        Assert.Equal(0.5, figures.Cpu);
        Assert.False(Read(TextWith(7000), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("====")]
    [InlineData("CQ")]
    [InlineData("C")]
    [InlineData("not base64!")]
    [InlineData("TEXT cpu_utilization=0.5")]
    public void What_is_none_is_passed_over(string text) => Assert.False(Read(text, out _));

    [Fact]
    public void Of_two_none_counts()
    {
        using var response = new HttpResponseMessage();
        Assert.False(LoadReportHeader.TryRead(response.Headers, out _));
        response.Headers.TryAddWithoutValidation("endpoint-load-metrics-bin", [Text, Text]);
        Assert.False(LoadReportHeader.TryRead(response.Headers, out _));
    }

    [Fact]
    public void Reading_one_allocates_nothing()
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("endpoint-load-metrics-bin", Text);
        Assert.True(LoadReportHeader.TryRead(response.Headers, out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        LoadReportHeader.TryRead(response.Headers, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool Read(string text, out LoadFigures figures)
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("endpoint-load-metrics-bin", text);
        return LoadReportHeader.TryRead(response.Headers, out figures);
    }

    // With a name of so many characters beside the figures.
    private static string TextWith(int length) => LoadReportWriter.Header(length == 0
        ? s_message
        : LoadReportWriter.Message(new() { CpuUtilization = 0.5, NamedMetrics = new Dictionary<string, double> { [new string('x', length)] = 1 } }));
}
