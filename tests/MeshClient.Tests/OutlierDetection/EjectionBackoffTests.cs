using MeshClient.OutlierDetection;

namespace MeshClient.Tests.OutlierDetection;

public sealed class EjectionBackoffTests
{
    private readonly OutlierDetectionOptions _options = new();

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 60)]
    [InlineData(4, 240)]
    [InlineData(5, 300)]
    [InlineData(50, 300)]
    public void An_ejection_takes_twice_as_long_as_the_last_up_to_the_maximum(int number, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), EjectionBackoff.Time(number, _options, draw: 0));

    [Fact]
    public void Jitter_adds_up_to_its_part() => Assert.Equal(33, EjectionBackoff.Time(1, _options, draw: 1).TotalSeconds, 0.001);

    [Theory]
    [InlineData(0, 0, 0, 1)]
    [InlineData(1, 5, 30, 2)]
    [InlineData(1, 29, 30, 2)]
    [InlineData(1, 30, 30, 1)]
    [InlineData(3, 119, 120, 4)]
    [InlineData(3, 120, 120, 3)]
    [InlineData(3, 360, 120, 1)]
    [InlineData(3, 90_000, 120, 1)]
    public void One_ejection_is_forgiven_for_as_long_a_health_as_the_last_took(int number, int healthy, int last, int next) =>
        Assert.Equal(next, EjectionBackoff.Next(number, TimeSpan.FromSeconds(healthy), TimeSpan.FromSeconds(last)));

    [Fact]
    public void The_number_goes_no_further_than_the_maximum_time() => Assert.Equal(5, EjectionBackoff.Capped(40, _options));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(9, 4)]
    [InlineData(10, 5)]
    [InlineData(1000, 500)]
    public void Half_may_be_ejected_at_most_one_at_least_and_never_the_last(int usable, int limit) =>
        Assert.Equal(limit, EjectionLimit.Of(usable, _options));

    [Theory]
    [InlineData(9, false, 0)]
    [InlineData(10, false, 1)]
    [InlineData(29, false, 2)]
    [InlineData(9, true, 1)]
    public void Ten_percent_round_down(int usable, bool atLeastOne, int limit) =>
        Assert.Equal(limit, EjectionLimit.Of(usable, new OutlierDetectionOptions { MaxEjectionPercent = 10, AtLeastOne = atLeastOne }));

    [Fact]
    public void All_may_be_ejected_but_one() => Assert.Equal(9, EjectionLimit.Of(10, new OutlierDetectionOptions { MaxEjectionPercent = 100 }));
}
