using MeshClient.Balancing;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing;

public sealed class BalancingOptionsTests
{
    [Theory]
    [InlineData("SlowStartWindow", "00:00:00", "01:00:00", "-00:00:00.0000001", "01:00:00.0000001")]
    [InlineData("SlowStartMinimumPercent", "1", "100", "0", "101")]
    [InlineData("PanicThresholdPercent", "0", "100", "-1", "101")]
    public void Each_setting_is_taken_within_its_range(string property, string least, string most, string below, string above) =>
        OptionEdges.Hold<BalancingOptions>(options => options.Faults("Key"), property, least, most, below, above);
}
