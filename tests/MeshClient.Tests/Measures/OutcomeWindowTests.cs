using MeshClient.Measures;

namespace MeshClient.Tests.Measures;

public sealed class OutcomeWindowTests
{
    private static readonly TimeSpan s_start = TimeSpan.FromHours(1);

    [Fact]
    public void Outcomes_count_for_ten_seconds_and_then_no_more()
    {
        var window = new OutcomeWindow();
        window.Record(success: true, s_start);
        window.Record(success: false, s_start.Add(TimeSpan.FromSeconds(4)));
        Assert.Equal(new OutcomeCounts(1, 1), window.Read(s_start.Add(TimeSpan.FromSeconds(9))));
        Assert.Equal(new OutcomeCounts(0, 1), window.Read(s_start.Add(TimeSpan.FromSeconds(10))));
        Assert.Equal(default, window.Read(s_start.Add(TimeSpan.FromSeconds(14))));
    }

    [Fact]
    public void A_bucket_that_is_reused_starts_at_zero()
    {
        var window = new OutcomeWindow();
        window.Record(success: false, s_start);
        window.Record(success: true, s_start.Add(TimeSpan.FromSeconds(10)));
        Assert.Equal(new OutcomeCounts(1, 0), window.Read(s_start.Add(TimeSpan.FromSeconds(10))));
    }

    [Fact]
    public void A_bucket_stops_at_its_largest_count()
    {
        var window = new OutcomeWindow();
        for (var i = 0; i < 70_000; i++)
        {
            window.Record(success: true, s_start);
            window.Record(success: false, s_start);
        }
        Assert.Equal(new OutcomeCounts(65_535, 65_535), window.Read(s_start));
    }

    [Fact]
    public async Task Outcomes_of_many_threads_are_all_counted()
    {
        var owner = new Owner();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
                owner.Window.Record(thread % 2 == 0, s_start);
        })));
        Assert.Equal(new OutcomeCounts(20_000, 20_000), owner.Window.Read(s_start));
    }

    private sealed class Owner
    {
        public OutcomeWindow Window;
    }
}
