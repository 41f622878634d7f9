using MeshClient.DevRegistry.Agent;

namespace MeshClient.DevRegistry.Tests.Agent;

public sealed class SidecarPortsTests
{
    private readonly SidecarPorts ports = new();

    [Fact]
    public void Each_sidecar_gets_the_lowest_free_port_and_keeps_it()
    {
        Assert.Equal(21000, ports.Take("a", []));
        Assert.Equal(21002, ports.Take("b", [21001]));
        Assert.Equal(21000, ports.Take("a", [21000]));
        ports.Release("a");
        Assert.Equal(21000, ports.Take("c", []));
    }

    [Fact]
    public void A_used_up_range_gives_none()
    {
        var used = Enumerable.Range(SidecarPorts.Min, SidecarPorts.Max - SidecarPorts.Min).ToList();
        Assert.Equal(SidecarPorts.Max, ports.Take("a", used));
        Assert.Null(ports.Take("b", used));
    }
}
