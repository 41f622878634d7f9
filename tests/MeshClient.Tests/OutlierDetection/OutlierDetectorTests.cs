using System.Collections.Immutable;
using MeshClient.Endpoints;
using MeshClient.Measures;
using MeshClient.OutlierDetection;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.OutlierDetection;

public sealed class OutlierDetectorTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromHours(1);
    private readonly OutlierDetectionOptions _options = new();
    private readonly ImmutableArray<EndpointState> _endpoints = Make.States(3);

    [Theory]
    [InlineData("ConnectFailure", 3, EjectionReason.ConnectFailures)]
    [InlineData("GatewayFailure", 5, EjectionReason.ConsecutiveGatewayFailures)]
    [InlineData("Timeout", 5, EjectionReason.ConsecutiveGatewayFailures)]
    [InlineData("TransportFailure", 5, EjectionReason.ConsecutiveGatewayFailures)]
    [InlineData("ServerError", 5, EjectionReason.Consecutive5xx)]
    public void A_run_ejects_when_it_reaches_its_threshold_and_not_before(string outcome, int threshold, EjectionReason reason)
    {
        var failure = Enum.Parse<Outcome>(outcome);
        Make.Fails(_endpoints[0], failure, s_now, threshold - 1);
        Assert.Null(Judge());
        Make.Fails(_endpoints[0], failure, s_now);
        Assert.Equal(reason, Judge());
    }

    [Fact]
    public void A_mixed_run_counts_as_errors()
    {
        foreach (var failure in (Outcome[])[Outcome.GatewayFailure, Outcome.ServerError, Outcome.Timeout, Outcome.ServerError, Outcome.ConnectFailure])
            Make.Fails(_endpoints[0], failure, s_now);
        Assert.Equal(EjectionReason.Consecutive5xx, Judge());
    }

    [Fact]
    public void A_success_breaks_a_run_and_a_cancellation_does_not()
    {
        Make.Fails(_endpoints[0], Outcome.GatewayFailure, s_now, 4);
        Make.Fails(_endpoints[0], Outcome.Cancelled, s_now);
        Make.Fails(_endpoints[0], Outcome.GatewayFailure, s_now);
        Assert.NotNull(Judge());
        Make.Fails(_endpoints[0], Outcome.ClientError, s_now);
        Make.Fails(_endpoints[0], Outcome.GatewayFailure, s_now);
        Assert.Null(Judge());
    }

    [Theory]
    [InlineData(7, 3, 100, 0, true)]
    [InlineData(8, 2, 100, 0, false)]
    [InlineData(6, 3, 100, 0, false)]
    [InlineData(5, 5, 77, 23, true)]
    [InlineData(5, 5, 50, 50, false)]
    [InlineData(5, 5, 75, 25, true)]
    [InlineData(0, 10, 4, 0, false)]
    [InlineData(5, 5, 74, 26, false)]
    public void The_rate_ejects_when_it_is_low_and_at_least_twice_the_others_failures(int good, int bad, int othersGood, int othersBad, bool ejects)
    {
        Assert.Equal(ejects, IsOut(new OutcomeCounts(good, bad), new OutcomeCounts(othersGood, othersBad)));
    }

    [Fact]
    public void The_others_are_read_from_their_windows()
    {
        for (var i = 0; i < 4; i++)
        {
            Make.Fails(_endpoints[0], Outcome.Success, s_now, 2);
            Make.Fails(_endpoints[0], Outcome.ServerError, s_now);
        }
        Assert.Null(Judge());
        Make.Fails(_endpoints[1], Outcome.Success, s_now, 10);
        Assert.Equal(EjectionReason.SuccessRate, Judge());
        Make.Fails(_endpoints[2], Outcome.ServerError, s_now, 10);
        Assert.Null(Judge());
    }

    [Fact]
    public void Zero_turns_a_rule_off()
    {
        var off = new OutlierDetectionOptions { Consecutive5xx = 0, ConnectFailures = 0, ConsecutiveGatewayFailures = 0, SuccessRatePercent = 0 };
        Make.Fails(_endpoints[1], Outcome.Success, s_now, 20);
        Make.Fails(_endpoints[0], Outcome.ConnectFailure, s_now, 100);
        Assert.Null(OutlierDetector.Judge(_endpoints[0], _endpoints.AsSpan(), off, s_now));
    }

    [Fact]
    public void Options_out_of_range_say_the_key_what_was_expected_and_what_was_found()
    {
        Assert.Empty(_options.Faults("Mesh:Outliers"));
        Assert.Equal(
            ["Mesh:Outliers:MaxEjectionTime: expected 00:00:30 (BaseEjectionTime) to 1.00:00:00, found 00:00:10.", "Mesh:Outliers:Jitter: expected 0 to 1, found NaN."],
            new OutlierDetectionOptions { MaxEjectionTime = TimeSpan.FromSeconds(10), Jitter = double.NaN }.Faults("Mesh:Outliers"));
    }

    private bool IsOut(OutcomeCounts own, OutcomeCounts others) =>
        OutlierDetector.IsTooLow(own, _options) && OutlierDetector.StandsOut(own, others, _options);

    private EjectionReason? Judge() => OutlierDetector.Judge(_endpoints[0], _endpoints.AsSpan(), _options, s_now);
}
