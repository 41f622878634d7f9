using MeshClient.Resilience;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Resilience;

public sealed class RetryOptionsTests
{
    [Theory]
    [InlineData("MaxAttempts", "1", "10", "0", "11")]
    [InlineData("BudgetRatio", "0", "1", "-0.1", "1.1")]
    [InlineData("BudgetPerSecond", "0", "10000", "-1", "10001")]
    [InlineData("MaxDelay", "00:00:00.0250000", "1.00:00:00", null, "1.00:00:00.0000001")]
    [InlineData("BaseDelay", "00:00:00", "00:00:00.2500000", "-00:00:00.0000001", null)]
    public void Each_setting_is_taken_within_its_range(string property, string least, string most, string? below, string? above) =>
        OptionEdges.Hold<RetryOptions>(options => options.Faults("Key"), property, least, most, below, above);

    [Fact]
    public void The_longest_wait_is_no_shorter_than_the_first() =>
        Assert.Equal(
            ["Key:MaxDelay (00:00:00.0249999) is shorter than Key:BaseDelay (00:00:00.0250000): lengthen the first or shorten the second."],
            new RetryOptions { MaxDelay = TimeSpan.FromTicks(249_999) }.Faults("Key"));
}
