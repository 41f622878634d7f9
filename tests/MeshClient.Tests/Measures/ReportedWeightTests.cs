using MeshClient.Measures;

namespace MeshClient.Tests.Measures;

public sealed class ReportedWeightTests
{
    private static readonly TimeSpan s_blackout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_expiration = TimeSpan.FromMinutes(3);
    private ReportedWeight _weight;

    [Fact]
    public void Without_a_report_there_is_none() => Assert.Equal(0, Read(0));

    [Fact]
    public void It_counts_once_reports_have_come_for_a_while()
    {
        _weight.Record(5, At(0));
        Assert.Equal(0, Read(9.999));
        _weight.Record(7, At(9));
        Assert.Equal(7, Read(10));
        Assert.Equal(7, _weight.Read(At(0), TimeSpan.Zero, s_expiration));
    }

    [Fact]
    public void It_expires_and_all_begins_anew()
    {
        _weight.Record(5, At(0));
        Assert.Equal(5, Read(179.9));
        Assert.Equal(0, Read(180));
        _weight.Record(6, At(181));
        Assert.Equal(0, Read(190));
        Assert.Equal(6, Read(191));
    }

    [Fact]
    public void It_is_forgotten()
    {
        _weight.Record(5, At(0));
        _weight.Reset();
        Assert.Equal(0, Read(20));
        _weight.Record(6, At(20));
        Assert.Equal(0, Read(29));
        Assert.Equal(6, Read(30));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(1000 + seconds);

    private float Read(double seconds) => _weight.Read(At(seconds), s_blackout, s_expiration);
}
