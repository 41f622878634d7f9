using MeshClient.Measures;

namespace MeshClient.Tests.Measures;

public sealed class SlidingLimitTests
{
    private readonly SlidingLimit _limit = new(3, TimeSpan.FromSeconds(10));

    [Fact]
    public void So_many_pass_at_once_and_the_next_when_the_first_is_old()
    {
        Assert.Equal([0, 0, 0, 10], [Wait(5), Wait(5), Wait(5), Wait(5)]);
        Assert.Equal(0.001, Wait(14.9999));
        Assert.Equal([0, 0, 0, 10], [Wait(15), Wait(15), Wait(15), Wait(15)]);
    }

    [Fact]
    public void No_stretch_of_the_length_has_more()
    {
        Assert.Equal([0, 0, 0], [Wait(0), Wait(9), Wait(9)]);
        Assert.Equal(0.5, Wait(9.5));
        Assert.Equal(0, Wait(10));
        // Those at 9, 9 and 10 are within ten seconds.
        Assert.Equal(9, Wait(10));
        Assert.Equal([0, 0, 1], [Wait(19), Wait(19), Wait(19)]);
    }

    [Fact]
    public void What_cannot_be_held_back_takes_the_room_of_others()
    {
        Assert.Equal([0, 0, 0], [Wait(0), Wait(1), Wait(2)]);
        _limit.Take(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(7), _limit.Wait(TimeSpan.FromSeconds(4)));
        Assert.Equal([0, 1], [Wait(11), Wait(11)]);
    }

    [Fact]
    public void What_comes_seldom_never_waits()
    {
        for (var i = 0; i < 20; i++)
            Assert.Equal(0, Wait(i * 3.4));
    }

    private double Wait(double at) => _limit.Pass(TimeSpan.FromSeconds(at)).TotalSeconds;
}
