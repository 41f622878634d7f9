using MeshClient.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Resilience;

public sealed class AttemptScopeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly AttemptScope.Pool _pool;

    public AttemptScopeTests() => _pool = new AttemptScope.Pool(_time);

    [Fact]
    public void Trips_when_its_time_is_up()
    {
        var scope = Begin();
        scope.Arm(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(scope.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(scope.Token.IsCancellationRequested);
        Assert.Equal(ScopeEnd.TimedOut, scope.End);
    }

    [Fact]
    public void Trips_when_its_caller_cancels()
    {
        using var caller = new CancellationTokenSource();
        var scope = Begin(caller.Token);
        caller.Cancel();
        Assert.True(scope.Token.IsCancellationRequested);
        Assert.Equal(ScopeEnd.Cancelled, scope.End);
    }

    [Fact]
    public void A_caller_that_has_cancelled_already_trips_it_at_once()
    {
        var scope = Begin(new CancellationToken(canceled: true));
        Assert.Equal(ScopeEnd.Cancelled, scope.End);
    }

    [Fact]
    public void Detached_from_its_caller_it_goes_on()
    {
        using var caller = new CancellationTokenSource();
        var scope = Begin(caller.Token);
        scope.Detach();
        caller.Cancel();
        Assert.False(scope.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_disarmed_limit_never_trips()
    {
        var scope = Begin();
        scope.Arm(TimeSpan.FromSeconds(1));
        scope.Disarm();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(scope.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_moved_limit_trips_at_its_new_time()
    {
        var scope = Begin();
        scope.Arm(TimeSpan.FromSeconds(1));
        scope.Arm(TimeSpan.FromSeconds(3));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(scope.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(scope.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_scope_is_used_again_and_the_limit_of_its_last_use_is_gone()
    {
        var first = Begin();
        first.Arm(TimeSpan.FromSeconds(1));
        _pool.Return(first);
        var second = Begin();
        Assert.Same(first, second);
        second.Arm(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_scope_that_tripped_is_not_used_again()
    {
        var first = Begin();
        first.Arm(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        _pool.Return(first);
        Assert.NotSame(first, Begin());
    }

    [Fact]
    public void The_caller_of_a_returned_scope_no_longer_reaches_it()
    {
        using var caller = new CancellationTokenSource();
        _pool.Return(Begin(caller.Token));
        var second = Begin();
        caller.Cancel();
        Assert.False(second.Token.IsCancellationRequested);
    }

    private AttemptScope Begin(CancellationToken caller = default)
    {
        var scope = _pool.Rent();
        scope.Attach(caller);
        return scope;
    }
}
