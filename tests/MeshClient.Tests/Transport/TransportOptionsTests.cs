using MeshClient.Tests.Doubles;
using MeshClient.Transport;

namespace MeshClient.Tests.Transport;

public sealed class TransportOptionsTests
{
    [Theory]
    [InlineData("ConnectTimeout", "00:00:00.0000001", "1.00:00:00", "00:00:00", "1.00:00:00.0000001")]
    [InlineData("PooledConnectionIdleTimeout", "00:00:00.0000001", "1.00:00:00", "00:00:00", "1.00:00:00.0000001")]
    [InlineData("PooledConnectionLifetime", "00:00:00.0000001", "1.00:00:00", "00:00:00", "1.00:00:00.0000001")]
    [InlineData("MaxConnectionsPerEndpoint", "1", "2147483647", "0", null)]
    [InlineData("TcpKeepAliveDelay", "00:00:01", "09:00:00", "00:00:00.9999999", "09:00:00.0000001")]
    [InlineData("TcpKeepAliveDelay", "-00:00:00.001", "00:01:00", "00:00:00", null)]
    [InlineData("KeepAlivePingDelay", "00:00:01", "1.00:00:00", "00:00:00.9999999", "1.00:00:00.0000001")]
    [InlineData("KeepAlivePingDelay", "-00:00:00.001", "00:01:00", "00:00:00", null)]
    [InlineData("KeepAlivePingTimeout", "00:00:01", "1.00:00:00", "-00:00:01", "1.00:00:00.0000001")]
    public void Each_setting_is_taken_within_its_range(string property, string least, string most, string? below, string? above) =>
        OptionEdges.Hold<TransportOptions>(options => options.Faults("Key"), property, least, most, below, above);
}
