using System.Collections.Immutable;
using MeshClient.Endpoints;
using MeshClient.OutlierDetection;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.OutlierDetection;

public sealed class EjectionLedgerTests
{
    private readonly OutlierDetectionOptions _options = new() { Jitter = 0 };
    private readonly ImmutableArray<EndpointState> _endpoints = Make.States(4);
    private readonly EjectionLedger _ledger;
    private TimeSpan _now = TimeSpan.FromHours(1);

    public EjectionLedgerTests()
    {
        _ledger = new EjectionLedger(_options, new SeededRandom(1));
        _ledger.Track(_endpoints);
    }

    [Fact]
    public void An_endpoint_that_fails_is_ejected_returns_on_probation_and_is_active_after_five_successes()
    {
        var ejected = Eject(0);
        Assert.Equal((EndpointStanding.Ejected, EjectionReason.ConsecutiveGatewayFailures, Seconds(30)), (ejected.To, ejected.Reason, ejected.Time));
        Assert.True(ejected.ChangesAvailability);
        Assert.Equal(_now + Seconds(30), _ledger.NextDue());
        _now += Seconds(29);
        Assert.Empty(_ledger.Advance(_now));
        _now += Seconds(1);
        Assert.True(Assert.Single(_ledger.Advance(_now)).ChangesAvailability);
        Assert.Equal(EndpointStanding.Probation, _endpoints[0].Standing);
        Assert.Null(_ledger.NextDue());
        for (var i = 0; i < 4; i++)
            Assert.Null(Call(0, Outcome.Success));
        var restored = Call(0, Outcome.Success);
        Assert.Equal((EndpointStanding.Probation, EndpointStanding.Active, false), (restored!.Value.From, restored.Value.To, restored.Value.ChangesAvailability));
        Assert.Equal(_now, _endpoints[0].RampStart);
    }

    [Fact]
    public void On_its_return_latency_and_penalty_are_forgotten()
    {
        Make.Measured(_endpoints[0], 900, _now);
        Eject(0);
        Assert.False(_endpoints[0].Penalty.IsZero);
        Return();
        Assert.True(_endpoints[0].Penalty.IsZero);
        Assert.Equal((0, 0, 0), (_endpoints[0].Latency.Samples, _endpoints[0].Runs.Errors, _endpoints[0].Window.Read(_now).Total));
    }

    [Fact]
    public void A_failure_on_probation_ejects_at_once_and_for_longer_however_long_it_waited()
    {
        Eject(0);
        foreach (var seconds in (int[])[60, 120, 240, 300, 300])
        {
            Return();
            _now += TimeSpan.FromHours(1);
            var again = Call(0, Outcome.ServerError);
            Assert.Equal((EjectionReason.FailedProbation, Seconds(seconds)), (again!.Value.Reason, again.Value.Time));
        }
    }

    [Fact]
    public void Health_shortens_the_next_ejection_again_but_half_a_minute_of_it_does_not()
    {
        Eject(0);
        Return();
        Prove(0);
        _now += Seconds(25);
        Assert.Equal(Seconds(60), Eject(0).Time);
        Return();
        Prove(0);
        _now += Seconds(120);
        Assert.Equal(Seconds(30), Eject(0).Time);
    }

    [Fact]
    public void Half_are_ejected_at_most_and_those_on_probation_count()
    {
        Eject(0);
        Eject(1);
        Assert.Null(Fail(2));
        Return();
        Assert.Null(Fail(2));
        Prove(0);
        Assert.NotNull(Call(2, Outcome.GatewayFailure));
    }

    [Fact]
    public void A_removed_endpoint_is_forgotten_and_gives_up_its_place()
    {
        Eject(0);
        Eject(1);
        _ledger.Track([_endpoints[1], _endpoints[2], _endpoints[3], .. Make.States(1)]);
        Assert.NotNull(Fail(2));
        Assert.Null(Fail(0));
    }

    [Fact]
    public void A_removed_endpoint_that_comes_back_begins_anew()
    {
        Eject(0);
        _ledger.Track([_endpoints[1], _endpoints[2], _endpoints[3]]);
        Assert.Null(_ledger.NextDue());
        _ledger.Track(_endpoints);
        Assert.Null(_ledger.NextDue());
        Assert.NotNull(Fail(1));
        Assert.NotNull(Fail(2));
    }

    [Fact]
    public void An_endpoint_that_stays_keeps_its_ejection()
    {
        Eject(0);
        var due = _ledger.NextDue();
        _ledger.Track([.. _endpoints.Reverse()]);
        Assert.Equal(due, _ledger.NextDue());
    }

    [Fact]
    public void The_earliest_return_is_due_next()
    {
        Eject(0);
        var first = _ledger.NextDue();
        _now += Seconds(10);
        Eject(1);
        Assert.Equal(first, _ledger.NextDue());
        Return();
        Assert.Equal(first + Seconds(10), _ledger.NextDue());
        // On probation again it is due after the other, though it was entered first.
        _now += Seconds(1);
        Call(0, Outcome.ServerError);
        Assert.Equal(first + Seconds(10), _ledger.NextDue());
    }

    [Fact]
    public void New_settings_hold_at_once_for_places_and_thresholds()
    {
        _ledger.Update(new OutlierDetectionOptions { Jitter = 0, MaxEjectionPercent = 75, ConsecutiveGatewayFailures = 2, BaseEjectionTime = Seconds(7) });
        Call(0, Outcome.GatewayFailure);
        Assert.Equal(Seconds(7), Call(0, Outcome.GatewayFailure)!.Value.Time);
        Eject(1);
        Eject(2);
        _ledger.Update(new OutlierDetectionOptions { MaxEjectionPercent = 25 });
        Return();
        Assert.Null(Fail(3));
    }

    [Fact]
    public void Outcomes_that_are_no_failures_change_nothing()
    {
        foreach (var outcome in (Outcome[])[Outcome.Success, Outcome.ClientError, Outcome.Cancelled, Outcome.Overloaded, Outcome.Denied])
        {
            for (var i = 0; i < 20; i++)
                Assert.Null(Call(0, outcome));
        }
        Eject(0);
        Return();
        Assert.Null(Call(0, Outcome.Overloaded));
        Assert.Null(Call(0, Outcome.Cancelled));
        Assert.Equal(EndpointStanding.Probation, _endpoints[0].Standing);
    }

    [Fact]
    public void What_is_off_ejects_nothing()
    {
        _options.Enabled = false;
        Assert.Null(Fail(0));
    }

    [Fact]
    public async Task Of_many_threads_that_see_an_endpoint_fail_one_ejects_it()
    {
        var changes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var seen = 0;
            for (var i = 0; i < 500; i++)
                seen += Fail(i % 4) is null ? 0 : 1;
            return seen;
        })));
        Assert.Equal(2, changes.Sum());
        Assert.Equal(2, _endpoints.Count(endpoint => endpoint.Standing == EndpointStanding.Ejected));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private EjectionChange? Call(int index, Outcome outcome) =>
        _ledger.Observe(_endpoints[index], Lease.Begin(_endpoints[index], _now).Complete(outcome, _now)!.Value, _now);

    private EjectionChange? Fail(int index)
    {
        EjectionChange? change = null;
        for (var i = 0; i < 5; i++)
            change ??= Call(index, Outcome.GatewayFailure);
        return change;
    }

    private EjectionChange Eject(int index) => Fail(index) ?? throw new InvalidOperationException("Expected an ejection.");

    private void Return()
    {
        _now = _ledger.NextDue() ?? throw new InvalidOperationException("Expected an ejected endpoint.");
        Assert.NotEmpty(_ledger.Advance(_now));
    }

    private void Prove(int index)
    {
        for (var i = 0; i < 5; i++)
            Call(index, Outcome.Success);
        Assert.Equal(EndpointStanding.Active, _endpoints[index].Standing);
    }
}
