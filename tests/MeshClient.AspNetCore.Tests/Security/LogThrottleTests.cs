using MeshClient.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.AspNetCore.Tests.Security;

public sealed class LogThrottleTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void One_of_a_kind_passes_in_a_while_and_tells_how_many_did_not()
    {
        var throttle = new LogThrottle(_time, TimeSpan.FromSeconds(10));
        Assert.Equal([(true, 0), (false, 0), (false, 1)], Enumerable.Range(0, 3).Select(_ => (throttle.Passes("a", out var held), held)));
        Assert.True(throttle.Passes("b", out _));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((true, 2), (throttle.Passes("a", out var heldBack), heldBack));
    }

    [Fact]
    public void However_many_kinds_there_are_few_pass()
    {
        var throttle = new LogThrottle(_time, TimeSpan.FromSeconds(10));
        Assert.Equal(1001, Enumerable.Range(0, 5000).Count(i => throttle.Passes($"{i}", out _)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(throttle.Passes("new", out _));
    }
}
