using MeshClient.Balancing;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing;

public sealed class ProbeTests
{
    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData("PeakEwma")]
    [InlineData("LeastRequest")]
    public void A_repeatable_call_looks_after_an_endpoint_that_failed_once_a_quarter_of_a_second_later(string policy)
    {
        var (picker, failed) = OneFailed(policy);
        Assert.Equal(0, Picks(picker, failed, canResend: true));
        _time.Advance(TimeSpan.FromMilliseconds(251));
        Assert.InRange(Picks(picker, failed, canResend: true), 1, 100);
        Assert.Equal(0, Picks(picker, failed, canResend: false));
    }

    [Fact]
    public void Only_one_call_at_a_time_looks()
    {
        var (picker, failed) = OneFailed("LeastRequest");
        _time.Advance(TimeSpan.FromMilliseconds(251));
        failed.BeginCall();
        Assert.Equal(0, Picks(picker, failed, canResend: true));
    }

    [Fact]
    public void After_each_failure_it_is_left_alone_for_longer()
    {
        var (picker, failed) = OneFailed("LeastRequest");
        for (var i = 0; i < 3; i++)
            Make.Fails(failed, Outcome.Overloaded, _time.Now());
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal(0, Picks(picker, failed, canResend: true));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.InRange(Picks(picker, failed, canResend: true), 1, 100);
    }

    private (IPicker Picker, EndpointState Failed) OneFailed(string policy)
    {
        var endpoints = Make.States(3);
        foreach (var endpoint in endpoints)
            Make.Measured(endpoint, 2, _time.Now());
        Make.Fails(endpoints[0], Outcome.GatewayFailure, _time.Now());
        return (Make.Picker(policy, endpoints, _time), endpoints[0]);
    }

    private static int Picks(IPicker picker, EndpointState endpoint, bool canResend) =>
        Enumerable.Range(0, 100).Count(_ => picker.Pick(new PickContext([], canResend)) == endpoint);
}
