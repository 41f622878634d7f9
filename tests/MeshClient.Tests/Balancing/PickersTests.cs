using MeshClient.Balancing;
using MeshClient.Endpoints;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Balancing;

/// <summary>What every policy keeps, whatever else it does.</summary>
public sealed class PickersTests
{
    private readonly FakeTimeProvider _time = new();

    public static TheoryData<string> Policies => [.. Make.Policies];

    [Theory]
    [MemberData(nameof(Policies))]
    public void Of_none_there_is_no_choice_and_of_one_no_other(string policy)
    {
        Assert.Null(Make.Picker(policy, []).Pick(default));
        Assert.Null(Make.Picker(policy, default).Pick(default));
        var only = Make.States(1);
        only[0].SetStanding(EndpointStanding.Probation);
        only[0].BeginCall();
        Assert.Same(only[0], Make.Picker(policy, only).Pick(new PickContext([only[0]])));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Equal_endpoints_have_equal_shares(string policy)
    {
        foreach (var n in (int[])[2, 3, 10, 100])
        {
            var endpoints = Make.States(n);
            foreach (var endpoint in endpoints)
                Make.Measured(endpoint, 1, _time.Now());
            // 2,000 picks each: a share's standard deviation is 2.2 %, so 10 % is over four of them.
            Assert.All(Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 2_000 * n), share => Assert.InRange(share * n, 0.9, 1.1));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Shares_follow_the_weights_when_nothing_is_in_flight(string policy)
    {
        int[] weights = [1, 2, 3, 10];
        var endpoints = Make.Weighted(weights);
        foreach (var endpoint in endpoints)
            Make.Measured(endpoint, 1, _time.Now());
        var shares = Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 40_000);
        // The smallest share is 1/16: standard deviation 2 % of it.
        for (var i = 0; i < weights.Length; i++)
            Assert.InRange(shares[i] * 16 / weights[i], 0.92, 1.08);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void An_endpoint_on_probation_has_one_call_at_a_time(string policy)
    {
        var endpoints = Make.States(4);
        endpoints[2].SetStanding(EndpointStanding.Probation);
        var picker = Make.Picker(policy, endpoints, _time);
        Assert.True(Make.Shares(picker, endpoints, 1_000)[2] > 0.1);
        endpoints[2].BeginCall();
        Assert.Equal(0, Make.Shares(picker, endpoints, 1_000)[2]);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void When_all_have_their_probation_s_call_a_call_is_still_placed(string policy)
    {
        var endpoints = Make.States(3);
        foreach (var endpoint in endpoints)
        {
            endpoint.SetStanding(EndpointStanding.Probation);
            endpoint.BeginCall();
        }
        Assert.NotNull(Make.Picker(policy, endpoints, _time).Pick(default));
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_retry_goes_elsewhere_while_it_can(string policy)
    {
        foreach (var n in (int[])[2, 3, 9])
        {
            var endpoints = Make.States(n);
            var picker = Make.Picker(policy, endpoints, _time);
            for (var tried = 1; tried < n; tried++)
                Assert.Equal(0, Make.Shares(picker, endpoints, 500, [.. endpoints.Take(tried)]).Take(tried).Sum());
            Assert.NotNull(picker.Pick(new PickContext([.. endpoints])));
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_retry_rather_repeats_an_endpoint_than_adds_to_a_probation(string policy)
    {
        var endpoints = Make.States(2);
        endpoints[1].SetStanding(EndpointStanding.Probation);
        endpoints[1].BeginCall();
        Assert.Equal(1, Make.Shares(Make.Picker(policy, endpoints, _time), endpoints, 100, endpoints[0])[0]);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void An_endpoint_that_joins_takes_its_share_slowly(string policy)
    {
        var endpoints = Make.States(10);
        foreach (var endpoint in endpoints)
            Make.Measured(endpoint, 1, _time.Now());
        endpoints[0].BeginRamp(_time.Now());
        var picker = Make.Picker(policy, endpoints, _time);
        var start = Make.Shares(picker, endpoints, 20_000)[0];
        _time.Advance(TimeSpan.FromSeconds(5));
        var middle = Make.Shares(picker, endpoints, 20_000)[0];
        _time.Advance(TimeSpan.FromSeconds(5));
        var end = Make.Shares(picker, endpoints, 20_000)[0];
        Assert.InRange(start, 0.005, 0.02);
        Assert.InRange(middle, 0.03, 0.07);
        Assert.InRange(end, 0.09, 0.11);
        Assert.Null(endpoints[0].RampStart);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_pick_allocates_nothing(string policy)
    {
        var endpoints = Make.Weighted([.. Enumerable.Range(1, 20)]);
        var measured = Make.States(20);
        measured[3].BeginRamp(_time.Now());
        measured[4].SetStanding(EndpointStanding.Probation);
        measured[5].Penalise(_time.Now());
        // The system's clock, since the fake one allocates.
        IPicker[] pickers = [Make.Picker(policy, endpoints, TimeProvider.System), Make.Picker(policy, measured, TimeProvider.System)];
        PickMany(pickers, endpoints[0]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        PickMany(pickers, endpoints[0]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void A_lease_on_what_was_picked_allocates_nothing(string policy)
    {
        var picker = Make.Picker(policy, Make.States(20), TimeProvider.System);
        CallMany(picker);
        var before = GC.GetAllocatedBytesForCurrentThread();
        CallMany(picker);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void CallMany(IPicker picker)
    {
        for (var i = 0; i < 1_000; i++)
        {
            var lease = Lease.Begin(picker.Pick(default)!, TimeProvider.System.Now());
            var outcome = i % 10 == 0 ? Outcome.ConnectFailure : Outcome.Success;
            lease.Headers(outcome, TimeProvider.System.Now());
            lease.Complete(outcome, TimeProvider.System.Now());
        }
    }

    private static void PickMany(IPicker[] pickers, EndpointState tried)
    {
        for (var i = 0; i < 1_000; i++)
        {
            foreach (var picker in pickers)
            {
                picker.Pick(default);
                picker.Pick(new PickContext(new ReadOnlySpan<EndpointState>(in tried)));
            }
        }
    }
}
