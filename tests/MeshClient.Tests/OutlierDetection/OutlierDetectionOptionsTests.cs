using MeshClient.OutlierDetection;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.OutlierDetection;

public sealed class OutlierDetectionOptionsTests
{
    [Theory]
    [InlineData("ConsecutiveGatewayFailures", "0", "1000", "-1", "1001")]
    [InlineData("Consecutive5xx", "0", "1000", "-1", "1001")]
    [InlineData("ConnectFailures", "0", "1000", "-1", "1001")]
    [InlineData("SuccessRatePercent", "0", "100", "-1", "101")]
    [InlineData("SuccessRateMinimumCalls", "1", "10000", "0", "10001")]
    [InlineData("MaxEjectionTime", "00:00:30", "1.00:00:00", "00:00:29.9999999", "1.00:00:00.0000001")]
    [InlineData("Jitter", "0", "1", "-0.1", "1.1")]
    [InlineData("MaxEjectionPercent", "0", "100", "-1", "101")]
    [InlineData("ProbationSuccesses", "1", "1000", "0", "1001")]
    public void Each_setting_is_taken_within_its_range(string property, string least, string most, string below, string above) =>
        OptionEdges.Hold<OutlierDetectionOptions>(options => options.Faults("Key"), property, least, most, below, above);

    [Theory]
    [InlineData("00:00:01", "00:00:00.9999999")]
    [InlineData("01:00:00", "01:00:00.0000001")]
    public void The_first_ejection_lasts_a_second_to_an_hour(string good, string bad)
    {
        Assert.Empty(With(good).Faults("Key"));
        Assert.Equal([$"Key:BaseEjectionTime: expected 00:00:01 to 01:00:00, found {bad}."], With(bad).Faults("Key"));

        static OutlierDetectionOptions With(string time) =>
            new() { BaseEjectionTime = TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture), MaxEjectionTime = TimeSpan.FromHours(2) };
    }
}
