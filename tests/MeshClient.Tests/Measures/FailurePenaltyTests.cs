using MeshClient.Measures;

namespace MeshClient.Tests.Measures;

public sealed class FailurePenaltyTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromHours(1);

    [Fact]
    public void Each_failure_adds_ten_up_to_a_hundred()
    {
        var penalty = new FailurePenalty();
        penalty.Fail(s_start);
        Assert.Equal(10, penalty.Read(s_start), 0.001);
        for (var i = 0; i < 20; i++)
            penalty.Fail(s_start);
        Assert.Equal(100, penalty.Read(s_start), 0.001);
    }

    [Fact]
    public void It_decays_by_a_factor_of_e_in_five_seconds()
    {
        var penalty = new FailurePenalty();
        penalty.Fail(s_start);
        Assert.Equal(10 / Math.E, penalty.Read(s_start.Add(TimeSpan.FromSeconds(5))), 0.01);
        Assert.Equal(0, penalty.Read(s_start.Add(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public void Successes_halve_it_until_it_is_exactly_zero()
    {
        var penalty = new FailurePenalty();
        penalty.Fail(s_start);
        penalty.Succeed(s_start);
        Assert.Equal(5, penalty.Read(s_start), 0.001);
        for (var i = 0; i < 6; i++)
            penalty.Succeed(s_start);
        Assert.True(penalty.IsZero);
    }
}
