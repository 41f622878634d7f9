using MeshClient.Resilience;

namespace MeshClient.Tests.Resilience;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1500m", 1500)]
    [InlineData("2S", 2000)]
    [InlineData("1M", 60_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData("0m", 0)]
    [InlineData("99999999u", 99_999.999)]
    [InlineData("5000000n", 5)]
    public void Reads_a_value_and_a_unit(string text, double milliseconds)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var time));
        Assert.Equal(milliseconds, time.TotalMilliseconds, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("15")]
    [InlineData("1500ms")]
    [InlineData("-1m")]
    [InlineData("+1m")]
    [InlineData(" 1m")]
    [InlineData("1.5S")]
    [InlineData("123456789m")]
    [InlineData("1x")]
    [InlineData("١m")]
    public void Refuses_what_is_not_of_the_format(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Theory]
    [InlineData(1500, "1500m")]
    [InlineData(0.9, "0m")]
    [InlineData(-5, "0m")]
    [InlineData(99_999_999, "99999999m")]
    [InlineData(100_000_000, "100000S")]
    public void Writes_rounded_down_so_that_a_hop_never_gains_time(double milliseconds, string expected) =>
        Assert.Equal(expected, GrpcTimeout.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Writes_the_longest_time_there_is()
    {
        var text = GrpcTimeout.Format(TimeSpan.MaxValue);
        Assert.True(text.Length <= 9, text);
        Assert.True(GrpcTimeout.TryParse(text, out _));
    }
}
