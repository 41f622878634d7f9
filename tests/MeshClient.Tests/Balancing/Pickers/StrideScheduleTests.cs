using MeshClient.Balancing;
using MeshClient.Balancing.Pickers;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing.Pickers;

public sealed class StrideScheduleTests
{
    [Fact]
    public void Equal_weights_are_taken_in_turn_without_a_gap()
    {
        var schedule = new StrideSchedule([3, 3, 3]);
        for (ulong step = 0; step < 30; step++)
        {
            Assert.True(schedule.Takes(step, out var index));
            Assert.Equal((int)(step % 3), index);
        }
    }

    [Fact]
    public void Shares_are_the_weights_but_for_a_thousandth_and_evenly_spaced()
    {
        int[] weights = [1, 3, 4];
        var schedule = new StrideSchedule(weights);
        var taken = new int[3];
        var sinceSmallest = 0;
        for (ulong step = 0; step < 3 * 65_535UL; step++)
        {
            if (!schedule.Takes(step, out var index))
                continue;
            taken[index]++;
            sinceSmallest = index == 0 ? 0 : sinceSmallest + 1;
            Assert.InRange(sinceSmallest, 0, 9);
        }
        for (var i = 0; i < weights.Length; i++)
            Assert.Equal(weights[i] / 8.0, (double)taken[i] / taken.Sum(), 0.001);
    }

    [Fact]
    public void Two_clients_start_at_different_endpoints()
    {
        var endpoints = Make.States(50);
        var starts = Enumerable.Range(1, 20).Select(seed => Make.Picker("RoundRobin", endpoints, seed: (ulong)seed).Pick(default)).Distinct();
        Assert.True(starts.Count() > 10);
    }

    [Fact]
    public void The_alias_table_draws_by_weight_and_reaches_both_ends()
    {
        int[] weights = [1, 0, 65_535, 5];
        var table = new AliasTable(weights);
        var random = new SeededRandom(3);
        var counts = new int[4];
        for (var i = 0; i < 1_000_000; i++)
            counts[table.Draw((uint)(random.NextBits() >> 32))]++;
        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[0], 3, 40);
        Assert.InRange(counts[3], 40, 120);
        Assert.InRange(table.Draw(uint.MaxValue), 0, 3);
        Assert.InRange(table.Draw(0), 0, 3);
    }
}
