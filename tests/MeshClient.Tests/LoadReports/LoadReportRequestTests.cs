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
    [InlineData(1_000)]
    [InlineData(1_500.5)]
    [InlineData(3_600_000)]
    public void What_is_written_is_read(double milliseconds)
    {
        var message = LoadReportRequest.Message(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal([0, 0, 0, 0, (byte)(message.Length - 5)], message[..5]);
        Assert.True(LoadReportRequest.TryRead(message.AsSpan(5), out var interval));
        Assert.Equal(milliseconds, interval.TotalMilliseconds);
    }

    [Theory]
    [InlineData("0A")]
    [InlineData("0A02")]
    [InlineData("0A0108")]
    [InlineData("0A0B08FFFFFFFFFFFFFFFFFF01")]
    public void What_is_broken_or_negative_is_refused(string hex) => Assert.False(LoadReportRequest.TryRead(Convert.FromHexString(hex), out _));
}
