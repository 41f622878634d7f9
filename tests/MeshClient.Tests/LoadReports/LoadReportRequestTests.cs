using MeshClient.LoadReports;

namespace MeshClient.Tests.LoadReports;

public sealed class LoadReportRequestTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("0A00", 0)]
    [InlineData("0A02080A", 10_000)]
    [InlineData("0A0810011080CAB5EE01", 500)]
    [InlineData("0A03088827120161", 5_000_000)]
    [InlineData("0A0A08FFFFFFFFFFFFFFFF7F", 86_400_000)]
    public void The_interval_is_read(string hex, double milliseconds)
    {
        Assert.True(LoadReportRequest.TryRead(Convert.FromHexString(hex), out var interval));
        Assert.Equal(milliseconds, interval.TotalMilliseconds);
    }

    [Theory]
    [InlineData("0A")]
    [InlineData("0A02")]
    [InlineData("0A0108")]
    [InlineData("0A0B08FFFFFFFFFFFFFFFFFF01")]
    public void What_is_broken_or_negative_is_refused(string hex) => Assert.False(LoadReportRequest.TryRead(Convert.FromHexString(hex), out _));
}
