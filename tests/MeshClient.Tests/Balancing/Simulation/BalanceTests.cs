using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing.Simulation;

/// <summary>How calls are shared over time, without ejection.</summary>
public sealed class BalanceTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static TheoryData<string> LoadAware => ["PeakEwma", "LeastRequest"];

    public static TheoryData<string> Policies => [.. Make.Policies];

    [Theory]
    [InlineData(2, 200)]
    [InlineData(3, 300)]
    [InlineData(10, 50)]
    [InlineData(10, 1000)]
    public void A_slow_instance_gets_two_percent_at_most_and_its_share_back_when_it_is_fast(int instances, double rate)
    {
        var slow = true;
        var cluster = new SimulatedCluster("PeakEwma", instances)
        {
            Answer = (n, random) => new Answer(Outcome.Success, n == 0 && slow ? 200 : 1 + random.NextDouble()),
        };
        cluster.Run(5 * s_second, rate);
        var during = cluster.Run(60 * s_second, rate)[0];
        slow = false;
        cluster.Run(60 * s_second, rate);
        var after = cluster.Run(60 * s_second, rate)[0];
        output.WriteLine($"n={instances} rate={rate}: {during:P2} while slow, {after * instances:P1} of an even share after");
        Assert.InRange(during, 0, 0.02);
        Assert.InRange(after * instances, 0.85, 1.15);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Equal_instances_stay_within_15_percent_of_an_even_share(string policy)
    {
        // Exponential latencies of 5 ms in the mean: the peaks of equal instances differ a good deal.
        var cluster = new SimulatedCluster(policy, 10) { Answer = (_, random) => new Answer(Outcome.Success, 0.5 - (5 * Math.Log(1 - random.NextDouble()))) };
        cluster.Run(5 * s_second, 500);
        var shares = cluster.Run(120 * s_second, 500);
        output.WriteLine($"{policy}: {shares.Min() * 10:P1} to {shares.Max() * 10:P1} of an even share");
        Assert.All(shares, share => Assert.InRange(share * 10, 0.85, 1.15));
    }

    [Fact]
    public void An_instance_whose_first_calls_are_slow_is_not_shunned_for_it()
    {
        var calls = 0;
        var cluster = new SimulatedCluster("PeakEwma", 4)
        {
            Answer = (n, random) => new Answer(Outcome.Success, n == 0 && calls++ < 3 ? 800 : 1 + random.NextDouble()),
        };
        cluster.Run(5 * s_second, 200);
        var share = cluster.Run(20 * s_second, 200)[0];
        output.WriteLine($"{share * 4:P1} of an even share");
        Assert.InRange(share * 4, 0.85, 1.15);
    }

    [Theory]
    [InlineData("PeakEwma", 200, 5)]
    [InlineData("LeastRequest", 200, 5)]
    [InlineData("PeakEwma", 5000, 200)]
    [InlineData("LeastRequest", 5000, 200)]
    public void An_instance_that_fails_at_once_falls_below_an_even_share_within_a_second(string policy, double rate, double latency)
    {
        // A 429 is never a reason to eject, so that balancing alone must do it; 200 ms at 5,000 a second are 100 calls in flight each.
        var failing = true;
        var cluster = new SimulatedCluster(policy, 10)
        {
            Answer = (n, random) => n == 0 && failing
                ? new Answer(Outcome.Overloaded, 0.1)
                : new Answer(Outcome.Success, latency * (0.5 + random.NextDouble())),
        };
        var first = cluster.Run(s_second, rate)[0];
        var second = cluster.Run(s_second, rate)[0];
        var later = cluster.Run(60 * s_second, rate)[0];
        failing = false;
        cluster.Run(45 * s_second, rate);
        var after = cluster.Run(30 * s_second, rate)[0];
        output.WriteLine($"{policy} at {rate}/s: {first:P2} in the first second, {second:P2} in the second, {later:P3} later, {after:P1} when well again");
        Assert.InRange(first, 0, 0.1);
        Assert.InRange(second, 0, 0.02);
        Assert.InRange(later, 0, 0.01);
        Assert.InRange(after, 0.08, 0.12);
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void Sporadic_failures_of_all_leave_the_shares_even(string policy)
    {
        var cluster = new SimulatedCluster(policy, 10)
        {
            Answer = (_, random) => new Answer(random.NextDouble() < 0.01 ? Outcome.ServerError : Outcome.Success, 2 + (6 * random.NextDouble())),
        };
        cluster.Run(5 * s_second, 500);
        var shares = cluster.Run(240 * s_second, 500);
        output.WriteLine($"{policy}: {shares.Min() * 10:P1} to {shares.Max() * 10:P1} of an even share");
        Assert.All(shares, share => Assert.InRange(share * 10, 0.8, 1.2));
    }
}
