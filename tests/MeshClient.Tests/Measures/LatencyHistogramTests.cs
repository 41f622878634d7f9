using MeshClient.Measures;

namespace MeshClient.Tests.Measures;

public sealed class LatencyHistogramTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromHours(1);
    private readonly LatencyHistogram _latencies = new();

    [Fact]
    public void A_percentile_is_never_too_low_and_at_most_an_eighth_too_high()
    {
        for (var micros = 8.0; micros < TimeSpan.FromMinutes(30).TotalMicroseconds; micros *= 1.037)
        {
            var latency = TimeSpan.FromMicroseconds(Math.Floor(micros));
            var histogram = new LatencyHistogram();
            Record(histogram, latency, s_start, LatencyHistogram.LeastSamples);
            Assert.InRange(histogram.Percentile(95, s_start)!.Value, latency, latency * 1.125);
        }
    }

    [Theory]
    [InlineData(50, 500)]
    [InlineData(95, 950)]
    [InlineData(99, 990)]
    [InlineData(99.99, 1_000)]
    public void Of_latencies_from_1_to_1000_ms_each_percentile_is_found(double percentile, double milliseconds)
    {
        for (var i = 1; i <= 1_000; i++)
            _latencies.Record(TimeSpan.FromMilliseconds(i), s_start);
        Assert.InRange(_latencies.Percentile(percentile, s_start)!.Value.TotalMilliseconds, milliseconds, milliseconds * 1.125);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(0.5)]
    [InlineData(1e15)]
    public void Latencies_beyond_the_buckets_count_in_the_outermost(double micros)
    {
        Record(_latencies, TimeSpan.FromMicroseconds(micros), s_start, 100);
        var percentile = _latencies.Percentile(99, s_start)!.Value;
        Assert.True(micros < 9 ? percentile == TimeSpan.FromMicroseconds(9) : percentile > TimeSpan.FromMinutes(35));
    }

    [Fact]
    public void Fewer_than_a_hundred_answers_say_nothing()
    {
        Assert.Null(_latencies.Percentile(95, s_start));
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start, 99);
        Assert.Null(_latencies.Percentile(95, s_start));
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start, 1);
        Assert.NotNull(_latencies.Percentile(95, s_start));
    }

    [Fact]
    public void Answers_count_for_the_rest_of_their_window_and_the_next()
    {
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start, 50);
        Record(_latencies, TimeSpan.FromMilliseconds(80), At(12), 50);
        // Both windows together are a hundred: the lower half is 5 ms, the upper 80 ms.
        Assert.InRange(_latencies.Percentile(50, At(12))!.Value.TotalMilliseconds, 5, 5.7);
        Assert.InRange(_latencies.Percentile(51, At(12))!.Value.TotalMilliseconds, 80, 90);
        Assert.Null(_latencies.Percentile(50, At(20)));
        Record(_latencies, TimeSpan.FromMilliseconds(80), At(21), 50);
        Assert.InRange(_latencies.Percentile(50, At(29))!.Value.TotalMilliseconds, 80, 90);
    }

    [Fact]
    public void No_answer_counts_for_more_than_twenty_seconds_however_late_its_window_turns()
    {
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start, 100);
        Assert.NotNull(_latencies.Percentile(95, At(19.9)));
        Assert.Null(_latencies.Percentile(95, At(20)));
    }

    [Fact]
    public void After_a_silence_nothing_is_known()
    {
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start, 1_000);
        Assert.Null(_latencies.Percentile(95, s_start.Add(TimeSpan.FromHours(1))));
        Record(_latencies, TimeSpan.FromMilliseconds(80), s_start.Add(TimeSpan.FromHours(2)), 100);
        Assert.InRange(_latencies.Percentile(50, s_start.Add(TimeSpan.FromHours(2)))!.Value.TotalMilliseconds, 80, 90);
    }

    [Fact]
    public void A_clock_slightly_behind_counts_too()
    {
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start, 50);
        Record(_latencies, TimeSpan.FromMilliseconds(5), s_start.Subtract(TimeSpan.FromMilliseconds(20)), 50);
        Assert.NotNull(_latencies.Percentile(95, s_start));
    }

    [Fact]
    public async Task Answers_of_many_threads_are_all_counted()
    {
        double[] milliseconds = [1, 2, 4, 8];
        await Task.WhenAll(milliseconds.Select(latency => Task.Run(() => Record(_latencies, TimeSpan.FromMilliseconds(latency), s_start, 25_000))));
        // One lost answer would move one of these bounds.
        for (var i = 0; i < milliseconds.Length; i++)
        {
            Assert.InRange(Milliseconds((25 * i) + 0.001), milliseconds[i], milliseconds[i] * 1.125);
            Assert.InRange(Milliseconds(25 * (i + 1)), milliseconds[i], milliseconds[i] * 1.125);
        }

        double Milliseconds(double percentile) => _latencies.Percentile(percentile, s_start)!.Value.TotalMilliseconds;
    }

    [Fact]
    public async Task While_windows_turn_under_many_threads_the_percentile_stays_that_of_the_answers()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                var now = s_start.Add(TimeSpan.FromMilliseconds(i * 10));
                _latencies.Record(TimeSpan.FromMilliseconds(5), now);
                if (i % 100 == 0 && _latencies.Percentile(99, now) is { } percentile)
                    Assert.InRange(percentile.TotalMilliseconds, 5, 5.7);
            }
        })));
        Assert.NotNull(_latencies.Percentile(99, s_start.Add(TimeSpan.FromSeconds(200))));
    }

    private static TimeSpan At(double seconds) => s_start.Add(TimeSpan.FromSeconds(seconds));

    private static void Record(LatencyHistogram histogram, TimeSpan latency, TimeSpan now, int times)
    {
        for (var i = 0; i < times; i++)
            histogram.Record(latency, now);
    }
}
