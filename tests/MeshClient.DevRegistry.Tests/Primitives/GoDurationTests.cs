using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Tests.Primitives;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("10s", 10_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("-2s", -2_000)]
    [InlineData("+1h2m3s4ms", 3_723_004)]
    [InlineData("2500us", 2.5)]
    [InlineData("1000000ns", 1)]
    public void Reads_what_Go_writes(string text, double milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var value));
        Assert.Equal(TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond)), value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("1m30")]
    [InlineData("s")]
    [InlineData("1d")]
    [InlineData("1 s")]
    [InlineData("-")]
    [InlineData("1.2.3s")]
    [InlineData("300000000000h")]
    public void Refuses_what_Go_refuses(string? text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData(72 * 3600 * 1000L, "72h")]
    [InlineData(90 * 60 * 1000L, "90m")]
    [InlineData(5000L, "5s")]
    [InlineData(1500L, "1500ms")]
    public void A_duration_is_written_in_one_unit(long milliseconds, string expected) =>
        Assert.Equal(expected, GoDuration.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
