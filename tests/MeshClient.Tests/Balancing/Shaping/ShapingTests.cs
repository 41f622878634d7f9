using MeshClient.Balancing;
using MeshClient.Balancing.Shaping;
using MeshClient.Endpoints;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing.Shaping;

public sealed class ShapingTests
{
    [Theory]
    [InlineData(10, 10, 50, false)]
    [InlineData(10, 6, 50, false)]
    [InlineData(10, 5, 50, false)]
    [InlineData(10, 4, 50, true)]
    [InlineData(10, 0, 50, true)]
    [InlineData(10, 0, 0, false)]
    [InlineData(10, 9, 100, true)]
    [InlineData(100, 71, 72, true)]
    [InlineData(100, 72, 72, false)]
    [InlineData(3, 2, 50, false)]
    [InlineData(3, 1, 50, true)]
    [InlineData(2, 1, 50, false)]
    [InlineData(1, 0, 50, true)]
    [InlineData(0, 0, 50, false)]
    public void Panic_begins_below_the_threshold(int usable, int available, int threshold, bool panic) =>
        Assert.Equal(panic, Panic.UsesAll(usable, available, threshold));

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1, 0.1)]
    [InlineData(2.5, 0.25)]
    [InlineData(9, 0.9)]
    [InlineData(11, 1)]
    public void A_ramp_is_a_straight_line_from_its_minimum(double seconds, double factor) =>
        Assert.Equal(factor, SlowStart.Factor(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(10), 0.1), 0.0001);

    [Fact]
    public void No_window_is_no_ramp() => Assert.Equal(1, SlowStart.Factor(TimeSpan.Zero, TimeSpan.Zero, 0.1));

    [Fact]
    public void A_ramp_that_began_anew_is_not_ended_by_the_old_one_s_end()
    {
        var state = Make.States(1)[0];
        state.BeginRamp(TimeSpan.FromSeconds(1));
        state.BeginRamp(TimeSpan.FromSeconds(50));
        state.EndRamp(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(50), state.RampStart);
    }

    [Fact]
    public void Whatever_a_picker_chose_a_retry_is_led_to_an_untried_endpoint_from_a_random_start()
    {
        var endpoints = Make.States(4);
        var context = new PickContext([endpoints[0], endpoints[1]]);
        Assert.Same(endpoints[3], Untried.Or(endpoints[3], endpoints.AsSpan(), context, 0));
        Assert.Same(endpoints[2], Untried.Or(endpoints[0], endpoints.AsSpan(), context, 0));
        Assert.Same(endpoints[3], Untried.Or(endpoints[0], endpoints.AsSpan(), context, uint.MaxValue));
        Assert.Null(Untried.Or(null, endpoints.AsSpan(), context, 0));
        var all = new PickContext([.. endpoints]);
        Assert.Same(endpoints[0], Untried.Or(endpoints[0], endpoints.AsSpan(), all, uint.MaxValue));
        endpoints[0].SetStanding(EndpointStanding.Probation);
        endpoints[0].BeginCall();
        Assert.Same(endpoints[1], Untried.Or(endpoints[0], endpoints.AsSpan(), all, 0));
    }
}
