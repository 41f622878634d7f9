using MeshClient.Resilience;

namespace MeshClient.Tests.Resilience;

public sealed class PathOptionsTests
{
    [Fact]
    public void The_defaults_hedge_nothing_and_limit_nothing()
    {
        Assert.Empty(new HedgingOptions().Faults("key"));
        Assert.False(new HedgingOptions().IsEnabled);
        Assert.Empty(new LimitOptions().Faults("key"));
        Assert.False(new LimitOptions().IsEnabled);
    }

    [Theory]
    [InlineData(50, 1)]
    [InlineData(99.99, 5)]
    public void Hedging_takes_both_ends_of_its_ranges(double percentile, int hedges)
    {
        var options = new HedgingOptions { Delay = TimeSpan.FromTicks(1), Percentile = percentile, MaxHedges = hedges };
        Assert.True(options.IsEnabled);
        Assert.Empty(options.Faults("key"));
        Assert.True(new HedgingOptions { Percentile = percentile }.IsEnabled);
        Assert.True(new HedgingOptions { Delay = TimeSpan.FromDays(1) }.IsEnabled);
    }

    [Fact]
    public void Hedging_says_what_is_out_of_range()
    {
        Assert.Equal(
            [
                "key:Delay: expected a time over zero and at most one day, such as 00:00:02 for 2 s, found 00:00:00.",
                "key:Percentile: expected 50 to 99.99, found 49.9.",
                "key:MaxHedges: expected 1 to 5, found 0.",
            ],
            new HedgingOptions { Delay = TimeSpan.Zero, Percentile = 49.9, MaxHedges = 0 }.Faults("key"));
        Assert.Equal(
            ["key:Percentile: expected 50 to 99.99, found 100.", "key:MaxHedges: expected 1 to 5, found 6."],
            new HedgingOptions { Percentile = 100, MaxHedges = 6 }.Faults("key"));
        Assert.Single(new HedgingOptions { Percentile = double.NaN }.Faults("key"));
    }

    [Theory]
    [InlineData(1, null, 0)]
    [InlineData(null, 1, 1_000_000)]
    [InlineData(1_000_000, 1_000_000, 0)]
    public void Limits_take_both_ends_of_their_ranges(int? all, int? one, int queued)
    {
        var options = new LimitOptions { MaxConcurrent = all, MaxConcurrentPerEndpoint = one, MaxQueued = queued };
        Assert.True(options.IsEnabled);
        Assert.Empty(options.Faults("key"));
    }

    [Fact]
    public void Limits_say_what_is_out_of_range()
    {
        Assert.Equal(
            [
                "key:MaxConcurrent: expected 1 to 1000000, found 0.",
                "key:MaxConcurrentPerEndpoint: expected 1 to 1000000, found 1000001.",
                "key:MaxQueued: expected 0 to 1000000, found -1.",
            ],
            new LimitOptions { MaxConcurrent = 0, MaxConcurrentPerEndpoint = 1_000_001, MaxQueued = -1 }.Faults("key"));
    }

    [Fact]
    public void A_queue_without_a_limit_is_a_mistake() =>
        Assert.Equal(
            ["key:MaxQueued (5) has nothing to wait for: set key:MaxConcurrent or key:MaxConcurrentPerEndpoint too."],
            new LimitOptions { MaxQueued = 5 }.Faults("key"));
}
