using MeshClient.Measures;

namespace MeshClient.Tests.Measures;

public sealed class PeakEwmaTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromHours(1);

    [Fact]
    public void A_peak_counts_at_once_and_is_forgotten_by_a_factor_of_e_in_three_seconds()
    {
        var latency = Warm(10);
        latency.Observe(TimeSpan.FromMilliseconds(200), s_start);
        Assert.Equal(200, latency.Milliseconds(s_start), 0.01);
        Assert.Equal(200 / Math.E, latency.Milliseconds(s_start.Add(TimeSpan.FromSeconds(3))), 0.1);
    }

    [Fact]
    public void A_lower_sample_pulls_the_cost_down_only_as_time_passes()
    {
        var latency = Warm(100);
        latency.Observe(TimeSpan.FromMilliseconds(10), s_start);
        Assert.Equal(100, latency.Milliseconds(s_start), 0.01);
        var later = s_start.Add(TimeSpan.FromSeconds(3));
        latency.Observe(TimeSpan.FromMilliseconds(10), later);
        Assert.Equal((100 / Math.E) + (10 * (1 - (1 / Math.E))), latency.Milliseconds(later), 0.1);
    }

    [Fact]
    public void Below_a_millisecond_all_are_equally_fast()
    {
        Assert.Equal(1, Warm(0.02).Milliseconds(s_start));
        Assert.Equal(1, Warm(500).Milliseconds(s_start.Add(TimeSpan.FromMinutes(5))));
    }

    [Fact]
    public void Of_the_first_five_samples_the_fastest_counts()
    {
        var latency = new PeakEwma();
        foreach (var sample in (double[])[900, 40, 5, 30, 700])
            latency.Observe(TimeSpan.FromMilliseconds(sample), s_start);
        Assert.Equal(5, latency.Samples);
        Assert.Equal(5, latency.Milliseconds(s_start), 0.01);
        latency.Observe(TimeSpan.FromMilliseconds(30), s_start);
        Assert.Equal(30, latency.Milliseconds(s_start), 0.01);
    }

    [Fact]
    public void A_failure_raises_the_cost_but_never_lowers_it()
    {
        var latency = Warm(50);
        latency.ObserveAtLeast(TimeSpan.FromMilliseconds(1), s_start.Add(TimeSpan.FromSeconds(1)));
        Assert.Equal(50, latency.Milliseconds(s_start), 0.01);
        latency.ObserveAtLeast(TimeSpan.FromMilliseconds(3000), s_start);
        Assert.Equal(3000, latency.Milliseconds(s_start), 0.01);
    }

    [Fact]
    public void A_failure_is_no_sample()
    {
        var latency = new PeakEwma();
        latency.ObserveAtLeast(TimeSpan.FromSeconds(3), s_start);
        Assert.Equal(0, latency.Samples);
    }

    [Fact]
    public void Reading_changes_nothing_and_a_clock_slightly_behind_is_taken_for_now()
    {
        var latency = Warm(80);
        var first = latency.Milliseconds(s_start.Add(TimeSpan.FromSeconds(3)));
        Assert.Equal(first, latency.Milliseconds(s_start.Add(TimeSpan.FromSeconds(3))));
        Assert.Equal(80, latency.Milliseconds(s_start.Subtract(TimeSpan.FromMilliseconds(20))), 0.01);
    }

    [Fact]
    public void After_a_month_without_a_call_an_old_peak_is_forgotten()
    {
        Assert.Equal(1, Warm(80).Milliseconds(s_start.Add(TimeSpan.FromDays(30))));
    }

    private static PeakEwma Warm(double milliseconds)
    {
        var latency = new PeakEwma();
        for (var i = 0; i < 6; i++)
            latency.Observe(TimeSpan.FromMilliseconds(milliseconds), s_start);
        return latency;
    }
}
