using System.Collections.Immutable;
using MeshClient.Balancing;
using MeshClient.Balancing.Pickers;
using MeshClient.Endpoints;
using MeshClient.LoadReports;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Balancing.Pickers;

public sealed class WeightedRoundRobinTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Shares_follow_what_servers_could_answer()
    {
        var endpoints = Make.States(3);
        Report(endpoints, 100, 200, 500);
        Assert.All(Shares(endpoints).Zip([0.125, 0.25, 0.625]), pair => Assert.Equal(pair.Second, pair.First, 0.001));
    }

    [Fact]
    public void One_that_does_not_report_has_the_mean()
    {
        var endpoints = Make.States(3);
        Report(endpoints, 100, 300, 0);
        Assert.All(Shares(endpoints).Zip([1 / 6.0, 0.5, 1 / 3.0]), pair => Assert.Equal(pair.Second, pair.First, 0.001));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 500)]
    public void While_fewer_than_two_report_it_is_round_robin(double first, double second)
    {
        var endpoints = Make.States(3);
        Report(endpoints, first, second, 0);
        var picker = Picker(endpoints);
        var order = Enumerable.Range(0, 30).Select(_ => picker.Pick(default)).ToArray();
        for (var i = 3; i < order.Length; i++)
            Assert.Same(order[i - 3], order[i]);
        Assert.Equal(3, order.Distinct().Count());
    }

    [Fact]
    public void The_registry_s_weight_says_how_far_each_is_used()
    {
        var endpoints = Make.Weighted(1, 2, 1);
        Report(endpoints, 100, 100, 200);
        Assert.All(Shares(endpoints).Zip([0.2, 0.4, 0.4]), pair => Assert.Equal(pair.Second, pair.First, 0.001));
    }

    [Fact]
    public void No_reported_weight_is_out_of_all_proportion()
    {
        var endpoints = Make.States(101);
        Report(endpoints, [1_000_000, .. Enumerable.Repeat(1.0, 100)]);
        var shares = Shares(endpoints);
        // Ten times the mean and a hundredth of it, so 10 : 0.01 each.
        Assert.Equal(10 / 11.0, shares[0], 0.01);
        Assert.All(shares.Skip(1), share => Assert.InRange(share, 0.0005, 0.0015));
    }

    [Fact]
    public void The_first_reports_wait_and_old_ones_expire()
    {
        var endpoints = Make.States(2);
        var picker = Picker(endpoints);
        Record(endpoints, 100, 300);
        Assert.Equal([0.5, 0.5], Shares(picker, endpoints));

        Pass(picker, TimeSpan.FromSeconds(9));
        Assert.Equal([0.5, 0.5], Shares(picker, endpoints));
        Pass(picker, TimeSpan.FromSeconds(1));
        Assert.Equal(0.75, Shares(picker, endpoints)[1], 0.001);
        Assert.Equal(2, picker.Reported);

        Pass(picker, TimeSpan.FromSeconds(169));
        Assert.Equal(0.75, Shares(picker, endpoints)[1], 0.001);
        Pass(picker, TimeSpan.FromSeconds(1));
        Assert.Equal([0.5, 0.5], Shares(picker, endpoints));
        Assert.Equal(0, picker.Reported);
    }

    [Fact]
    public void Shares_are_worked_out_once_a_period()
    {
        var endpoints = Make.States(2);
        Report(endpoints, 100, 300);
        var picker = Picker(endpoints);
        Record(endpoints, 300, 100);
        Pass(picker, TimeSpan.FromMilliseconds(999));
        Assert.Equal(0.75, Shares(picker, endpoints)[1], 0.001);
        Pass(picker, TimeSpan.FromMilliseconds(1));
        Assert.Equal(0.25, Shares(picker, endpoints)[1], 0.001);
    }

    [Fact]
    public void Reports_from_before_an_ejection_are_forgotten()
    {
        var endpoints = Make.States(2);
        Report(endpoints, 100, 300);
        endpoints[1].ForgetPast();
        Assert.Equal([0.5, 0.5], Shares(endpoints));
    }

    [Fact]
    public void One_that_could_not_be_reached_may_have_been_started_anew_and_proves_itself_again()
    {
        var endpoints = Make.States(2);
        Report(endpoints, 100, 300);
        endpoints[1].RecordOutcome(Outcome.TransportFailure, _time.Now());
        Assert.Equal(0.75, Shares(endpoints)[1], 0.001);
        endpoints[1].RecordOutcome(Outcome.ConnectFailure, _time.Now());
        Assert.Equal([0.5, 0.5], Shares(endpoints));
        Record(endpoints, 100, 300);
        Assert.Equal([0.5, 0.5], Shares(endpoints));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0.75, Shares(endpoints)[1], 0.001);
    }

    [Fact]
    public void A_report_that_says_too_little_leaves_the_last_one()
    {
        var endpoints = Make.States(2);
        Report(endpoints, 100, 300);
        endpoints[1].RecordReport(0, _time.Now());
        Assert.Equal(0.75, Shares(endpoints)[1], 0.001);
    }

    [Theory]
    [InlineData(1e-320, 1e300)]
    [InlineData(1e-5, 1e34)]
    [InlineData(1e300, 1e-300)]
    [InlineData(1e300, 1)]
    public void A_report_whose_weight_is_no_float_over_0_leaves_the_last_one(double cpu, double requests)
    {
        var endpoints = Make.States(2);
        Report(endpoints, 100, 300);
        endpoints[1].RecordReport(new LoadFigures(cpu, 0, requests, 0).Weight(1), _time.Now());
        Assert.Equal(0.75, Shares(endpoints)[1], 0.001);
    }

    private WeightedRoundRobinPicker Picker(ImmutableArray<EndpointState> endpoints, BalancingOptions? options = null) =>
        (WeightedRoundRobinPicker)Make.Picker("weightedroundrobin", endpoints, _time, options);

    // Long enough ago for the blackout to be over.
    private void Report(ImmutableArray<EndpointState> endpoints, params double[] weights)
    {
        Record(endpoints, weights);
        _time.Advance(TimeSpan.FromSeconds(10));
    }

    private void Record(ImmutableArray<EndpointState> endpoints, params double[] weights)
    {
        for (var i = 0; i < weights.Length; i++)
            endpoints[i].RecordReport(weights[i], _time.Now());
    }

    private void Pass(WeightedRoundRobinPicker picker, TimeSpan time)
    {
        _time.Advance(time);
        picker.Review(_time.Now());
    }

    private double[] Shares(ImmutableArray<EndpointState> endpoints) => Shares(Picker(endpoints), endpoints);

    private static double[] Shares(IPicker picker, ImmutableArray<EndpointState> endpoints) => Make.Shares(picker, endpoints, 20_000);
}
