using MeshClient.Resilience;

namespace MeshClient.Tests.Resilience;

public sealed class DeadlineTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(2, 1, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(2, null, 2)]
    public void A_calls_deadline_is_the_earlier_of_its_own_and_its_callers(int own, int? inbound, int expected)
    {
        var call = inbound is { } left ? new InboundCall(new Deadline(s_now + (s_second * left))) : null;
        Assert.Equal(s_now + (s_second * expected), Deadline.Of(s_now, s_second * own, call).At);
    }

    [Fact]
    public void What_no_timer_reaches_never_passes()
    {
        Assert.False(Deadline.After(s_now, TimeSpan.FromDays(24)).IsNever);
        Assert.Equal(Deadline.Never, Deadline.After(s_now, TimeSpan.FromDays(24.1)));
        Assert.Equal(Deadline.Never, Deadline.Of(s_now, TimeSpan.MaxValue, new InboundCall(Deadline.Never)));
        Assert.Equal(TimeSpan.MaxValue, Deadline.Never.Left(s_now));
    }

    [Fact]
    public void It_has_passed_from_its_moment_on()
    {
        var deadline = new Deadline(s_now);
        Assert.False(deadline.HasPassed(s_now - TimeSpan.FromTicks(1)));
        Assert.True(deadline.HasPassed(s_now));
        Assert.True(deadline.HasPassed(s_now + TimeSpan.FromTicks(1)));
        Assert.False(Deadline.Never.HasPassed(TimeSpan.FromDays(10_000)));
    }

    [Theory]
    [InlineData(5, 10, 5)]
    [InlineData(10, 5, 5)]
    [InlineData(5, -1, -1)]
    public void A_limit_is_cut_to_the_time_left(int limit, int left, int expected) =>
        Assert.Equal(s_second * expected, new Deadline(s_now + (s_second * left)).Clamp(s_second * limit, s_now));

    [Fact]
    public async Task A_call_being_served_is_known_to_its_work_until_it_is_answered()
    {
        Assert.Null(InboundCall.Current);
        var call = new InboundCall(Deadline.Never);
        InboundCall.Current = call;
        await Task.Yield();
        Assert.Same(call, InboundCall.Current);
        Assert.False(call.GaveUp);
        call.NoteGaveUp();
        Assert.True(call.GaveUp);
        call.End();
        Assert.Null(InboundCall.Current);
    }

    [Fact]
    public void The_whole_time_of_a_call_is_written_once_and_any_other_as_it_is()
    {
        var text = new TimeoutText(s_second * 15);
        Assert.Same(text.Of(s_second * 15), text.Of(s_second * 15));
        Assert.Equal(("15000m", "14999m"), (text.Of(s_second * 15), text.Of(TimeSpan.FromMilliseconds(14_999.5))));
    }
}
