using MeshClient.AspNetCore.Inbound;
using MeshClient.Primitives;
using MeshClient.Resilience;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Inbound;

public sealed class RequestDeadlineTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private readonly CountingTime _time = new();
    private readonly CancellationTokenSource _caller = new();
    private readonly HttpRequestLifetimeFeature _server = new();
    private readonly RequestDeadline _deadline;

    public RequestDeadlineTests()
    {
        _server.RequestAborted = _caller.Token;
        _deadline = new RequestDeadline(_server, new Deadline(_time.Now() + s_limit), _time);
    }

    [Fact]
    public void A_token_that_nobody_asks_for_takes_no_timer()
    {
        _time.Advance(s_limit);
        _deadline.End();

        Assert.True(_deadline.HasExpired);
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public void The_token_is_cancelled_when_the_deadline_passes_however_late_it_was_asked_for()
    {
        _time.Advance(TimeSpan.FromSeconds(1.5));
        var token = _deadline.RequestAborted;
        _time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.False(token.IsCancellationRequested);
        Assert.False(_deadline.HasExpired);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(token.IsCancellationRequested);
        Assert.True(_deadline.HasExpired);
        Assert.Equal(token, _deadline.RequestAborted);
        Assert.Equal(1, _time.Timers);
    }

    [Fact]
    public void Asked_for_after_the_deadline_it_is_cancelled_at_once()
    {
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(_deadline.RequestAborted.IsCancellationRequested);
    }

    [Fact]
    public void A_caller_that_goes_cancels_the_token_and_nothing_has_expired()
    {
        var token = _deadline.RequestAborted;
        _caller.Cancel();
        Assert.True(token.IsCancellationRequested);
        _time.Advance(s_limit);
        Assert.False(_deadline.HasExpired);
    }

    [Fact]
    public void After_the_answer_neither_the_deadline_nor_the_caller_cancels_any_more()
    {
        var cancelled = false;
        _deadline.RequestAborted.Register(() => cancelled = true);
        _deadline.End();
        _time.Advance(s_limit);
        _caller.Cancel();
        Assert.False(cancelled);
        Assert.Equal(_caller.Token, _deadline.RequestAborted);
    }

    [Fact]
    public void The_application_may_set_a_token_of_its_own()
    {
        using var own = new CancellationTokenSource();
        _deadline.RequestAborted = own.Token;
        Assert.Equal(own.Token, _deadline.RequestAborted);
    }

    private sealed class CountingTime : FakeTimeProvider
    {
        public int Timers { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
