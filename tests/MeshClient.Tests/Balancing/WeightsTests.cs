using MeshClient.Balancing;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing;

public sealed class WeightsTests
{
    [Fact]
    public void The_mean_weight_is_the_unit()
    {
        var weights = new Weights(Make.Weighted(1, 3).AsSpan());
        Assert.Equal((2f, 2f / 3), (weights.Inverse(0), weights.Inverse(1)));
        Assert.Equal(1f, new Weights(Make.Weighted(3, 3).AsSpan()).Inverse(1));
    }

    [Fact]
    public void The_other_is_each_of_the_others_alike_and_never_the_first()
    {
        const int Count = 7;
        var weights = new Weights(Make.States(Count).AsSpan());
        for (var first = 0; first < Count; first++)
        {
            // The middle of each sixth of all draws.
            var others = Enumerable.Range(0, Count - 1).Select(part => weights.DrawOther(first, (uint)((part + 0.5) / (Count - 1) * uint.MaxValue)));
            Assert.Equal(Enumerable.Range(0, Count).Where(index => index != first), others);
        }
    }

    [Theory]
    [InlineData(0, 0, 3)]
    [InlineData(1, 0, 5)]
    [InlineData(0, 1, 3)]
    [InlineData(2, 1, 5)]
    [InlineData(1, 2, 3)]
    [InlineData(int.MaxValue, 0, 5)]
    public void Of_equal_weights_the_one_with_fewer_calls_is_less_and_of_equals_the_first(int firstCalls, int secondCalls, int less)
    {
        var weights = new Weights(Make.States(6).AsSpan());
        Assert.Equal(less, weights.Less(3, firstCalls, 5, secondCalls));
        Assert.Equal(less == 3 ? 5 : 3, weights.Less(5, firstCalls, 3, secondCalls));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(4, 0, 1)]
    [InlineData(7, 1, 0)]
    [InlineData(8, 1, 1)]
    public void A_weight_four_times_as_high_carries_four_times_the_calls(int heavyCalls, int lightCalls, int less)
    {
        var weights = new Weights(Make.Weighted(4, 1).AsSpan());
        Assert.Equal(less, weights.Less(0, heavyCalls, 1, lightCalls));
    }
}
