using MeshClient.AspNetCore.LoadReports;

namespace MeshClient.AspNetCore.Tests.LoadReports;

public sealed class LoadReportStreamsTests
{
    [Theory]
    [InlineData("0000000000", "0", 1)]
    [InlineData("00000000040A02080A", "0", 10)]
    [InlineData("00000000070A051080CAB5EE01", "13", 0)]
    [InlineData("00000000080A061080CAB5EE01", "0", 1)]
    [InlineData("", "13", 0)]
    [InlineData("00000000", "13", 0)]
    [InlineData("0000000001", "13", 0)]
    [InlineData("000000000000", "13", 0)]
    [InlineData("00FFFFFFFF", "13", 0)]
    [InlineData("0100000000", "12", 0)]
    [InlineData("00000000020A05", "13", 0)]
    public void A_request_says_how_often(string hex, string status, int seconds) =>
        Assert.Equal((status, TimeSpan.FromSeconds(seconds)), LoadReportStreams.Parse(Convert.FromHexString(hex)));
}
