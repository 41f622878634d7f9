using System.Collections.Immutable;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Balancing.Pickers;

public sealed class TwoChoicesTests
{
    private readonly FakeTimeProvider _time = new();

    public static TheoryData<string> LoadAware => ["PeakEwma", "LeastRequest"];

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void Of_two_both_are_always_compared(string policy)
    {
        var endpoints = Measured(Make.States(2));
        endpoints[0].BeginCall();
        Assert.Equal(1, Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 1_000)[1]);
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void The_two_choices_are_distinct_and_every_pair_is_as_likely(string policy)
    {
        // Loads 0, 1, 2, ...: the endpoint with r others below it is taken by the pairs with one of the n - 1 - r above it.
        const int N = 5;
        var endpoints = Measured(Make.States(N));
        for (var i = 0; i < N; i++)
        {
            for (var call = 0; call < i; call++)
                endpoints[i].BeginCall();
        }
        var shares = Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 40_000);
        for (var i = 0; i < N; i++)
            Assert.Equal((N - 1 - i) * 2.0 / (N * (N - 1)), shares[i], 0.01);
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void At_high_load_calls_in_flight_even_out_by_weight(string policy)
    {
        int[] weights = [1, 2, 4, 9];
        var endpoints = Measured(Make.Weighted(weights));
        var picker = Make.Picker(policy, endpoints, _time);
        for (var i = 0; i < 1_600; i++)
            picker.Pick(default)!.BeginCall();
        // 100 calls a unit of weight; no endpoint is further from its part than 5 %.
        for (var i = 0; i < weights.Length; i++)
            Assert.InRange(endpoints[i].InFlight / (100.0 * weights[i]), 0.95, 1.05);
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void At_moderate_load_the_light_endpoint_does_not_draw_calls_by_being_idle(string policy)
    {
        var endpoints = Measured(Make.Weighted(9, 1));
        endpoints[0].BeginCall();
        endpoints[0].BeginCall();
        Assert.Equal(0.1, Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 20_000)[1], 0.01);
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void A_penalised_endpoint_loses_however_busy_the_others_are(string policy)
    {
        var endpoints = Measured(Make.States(5));
        for (var i = 0; i < 500; i++)
            endpoints[1 + (i % 4)].BeginCall();
        endpoints[0].Penalise(_time.Now());
        var picker = Make.Picker(policy, endpoints, _time);
        Assert.Equal(0, Make.Shares(picker, endpoints, 1_000)[0]);
        _time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(0.4, Make.Shares(picker, endpoints, 10_000)[0], 0.02);
    }

    [Theory]
    [MemberData(nameof(LoadAware))]
    public void When_all_are_penalised_alike_all_take_calls(string policy)
    {
        var endpoints = Measured(Make.States(4));
        foreach (var endpoint in endpoints)
            endpoint.Penalise(_time.Now());
        Assert.All(Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 10_000), share => Assert.Equal(0.25, share, 0.02));
    }

    [Fact]
    public void Latencies_within_a_factor_of_two_are_equal_at_idle_and_others_are_not()
    {
        var endpoints = Make.States(2);
        Make.Measured(endpoints[0], 10, _time.Now());
        Make.Measured(endpoints[1], 18, _time.Now());
        Assert.Equal(0.5, Make.Shares(Make.Picker("PeakEwma", endpoints, _time), endpoints, 10_000)[1], 0.02);
        Make.Measured(endpoints[1], 21, _time.Now(), samples: 1);
        Assert.Equal(0, Make.Shares(Make.Picker("PeakEwma", endpoints, _time), endpoints, 1_000)[1]);
    }

    [Fact]
    public void An_endpoint_not_yet_measured_is_tried_and_not_piled_onto()
    {
        var endpoints = Make.States(3);
        Make.Measured(endpoints[0], 5, _time.Now());
        Make.Measured(endpoints[1], 5, _time.Now());
        var picker = Make.Picker("PeakEwma", endpoints, _time);
        Assert.Equal(2.0 / 3, Make.Shares(picker, endpoints, 10_000)[2], 0.02);
        endpoints[2].BeginCall();
        Assert.Equal(0, Make.Shares(picker, endpoints, 1_000)[2]);
        // A stream that has answered leaves room for the next call, though it stays open.
        endpoints[2].RecordLatency(TimeSpan.FromMilliseconds(5), _time.Now());
        Assert.True(Make.Shares(picker, endpoints, 1_000)[2] > 0.5);
    }

    private ImmutableArray<EndpointState> Measured(ImmutableArray<EndpointState> endpoints)
    {
        foreach (var endpoint in endpoints)
            Make.Measured(endpoint, 1, _time.Now());
        return endpoints;
    }
}
