using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Logging;

namespace MeshClient.Tests.Clusters;

public sealed class PanicLogTests
{
    [Fact]
    public void The_beginning_and_the_end_of_a_panic_are_said_once_each()
    {
        using var mesh = new MeshHarness(o =>
        {
            o.Balancing.PanicThresholdPercent = 50;
            o.OutlierDetection.MaxEjectionPercent = 100;
        });
        mesh.Catalogs("a1", "a2", "a3", "a4");
        mesh.Eject("a1");
        mesh.Eject("a2");
        Assert.Empty(mesh.Log.Of(1204));
        mesh.Eject("a3");
        // Said of the change and not of each rebuild.
        mesh.Catalogs("a1", "a2", "a3", "a4");
        Assert.Equal(["catalog: panic, only 1 of 4 usable endpoints are available, so that all are called."], mesh.Log.Of(1204));
        Assert.Empty(mesh.Log.Of(1205));
        mesh.Catalogs("a3", "a4");
        Assert.Equal(["catalog: the panic has ended, 1 endpoints are called and ejections count again."], mesh.Log.Of(1205));
        Assert.Equal(
            [(1204, LogLevel.Warning), (1205, LogLevel.Information)],
            mesh.Log.Entries.Where(e => e.Id is 1204 or 1205).Select(e => (e.Id, e.Level)));
    }
}
