using System.Globalization;
using System.Net.Sockets;
using MeshClient.DevRegistry.Catalog;

namespace MeshClient.DevRegistry.Checks;

/// <summary>Passing when a connection can be made. It stands in for gRPC checks as well, which it only connects.</summary>
internal sealed class TcpProbe(string target) : IProbe
{
    public async Task<ProbeResult> RunAsync(CancellationToken cancellationToken)
    {
        var address = target.Split('/')[0];
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port))
        {
            return new(HealthStatus.Critical, $"dial tcp: address {address}: missing port in address");
        }
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address[..colon].Trim('[', ']'), port, cancellationToken).ConfigureAwait(false);
            return new(HealthStatus.Passing, $"TCP connect {address}: Success");
        }
        catch (SocketException e)
        {
            return new(HealthStatus.Critical, $"dial tcp {address}: {e.Message}");
        }
    }

    public void Dispose()
    {
    }
}
