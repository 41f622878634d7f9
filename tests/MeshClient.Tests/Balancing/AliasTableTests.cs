using MeshClient.Balancing;

namespace MeshClient.Tests.Balancing;

public sealed class AliasTableTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(3, 1, 1, 1)]
    [InlineData(1, 2, 3, 4, 10)]
    [InlineData(1, 1, 4, 4)]
    [InlineData(2, 5, 3, 7, 9, 1)]
    [InlineData(10, 1, 1, 1, 1, 1, 1)]
    [InlineData(7, 7, 7, 2, 2, 65_535)]
    public void Each_index_is_drawn_by_its_weight(params int[] weights)
    {
        const int Draws = 1 << 18;
        var table = new AliasTable(weights);
        var counts = new int[weights.Length];
        // All draws evenly, so that the shares come out exactly but for the last of each column.
        for (var i = 0; i < Draws; i++)
            counts[table.Draw((uint)((ulong)i * (1UL << 32) / Draws))]++;
        for (var i = 0; i < weights.Length; i++)
            Assert.Equal((double)weights[i] / weights.Sum(), (double)counts[i] / Draws, 1e-4);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    public void The_ends_of_the_draws_are_in_range(uint bits) => Assert.InRange(new AliasTable([1, 2, 3]).Draw(bits), 0, 2);
}
