using MeshClient.Discovery;

namespace MeshClient.FunctionalTests.ThirteenFaults;

/// <summary>A refresh of discovery that failed surfaced as an exception in place of the last good set.</summary>
public sealed class Fault11_failed_refresh
{
    [Fact]
    public async Task After_a_fault_the_last_good_set_serves_on()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var app = await MeshApp.OfCatalogAsync(a);
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        app.Registry.Say("catalog", new RegistryUpdate.Fault("The registry burns."));
        await Eventually.True(() => app.Cluster().State.Watch.Trouble is not null);

        for (var i = 0; i < 10; i++)
            Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));
        Assert.Contains(app.Log.All, l => l.Text.Contains("The registry burns.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task After_a_registry_that_threw_the_last_good_set_serves_on_and_its_next_word_counts()
    {
        await using var a = await TestServer.StartAsync("a");
        await using var b = await TestServer.StartAsync("b");
        await using var app = await MeshApp.OfCatalogAsync(a);
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        app.Registry.Break(new InvalidOperationException("Out of order."));
        await Eventually.True(() => app.Cluster().State.Watch.Trouble is not null);
        Assert.Equal("a", await app.Client().GetStringAsync("http://catalog/"));

        app.Registry.Say("catalog", b.Endpoint);
        await Eventually.True(() => app.Endpoint("b") is not null, TimeSpan.FromSeconds(60));
        Assert.Equal("b", await app.Client().GetStringAsync("http://catalog/"));
        Assert.Null(app.Cluster().State.Watch.Trouble);
    }

    [Fact]
    public async Task A_fault_before_the_first_set_is_told_to_the_caller()
    {
        await using var app = await MeshApp.StartAsync(new() { ["Upstreams:catalog:Service"] = "catalog", ["FirstSnapshotTimeout"] = "00:00:00.200" });
        app.Registry.Say("catalog", new RegistryUpdate.Fault("The registry burns."));
        await Eventually.True(() => app.Cluster().State.Watch.Trouble is not null);

        var error = await Assert.ThrowsAsync<Http.MeshUnavailableException>(() => app.Client().GetStringAsync("http://catalog/"));

        Assert.Equal(Http.UnavailableReason.NotKnownYet, error.Reason);
        Assert.Contains("The registry burns.", error.Message);
    }
}
