using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace MeshClient.Tests.Configuration;

public sealed class MeshOptionsReloadTests
{
    private const int InForce = 1300, Refused = 1301, Pending = 1303, ReaderFailed = 1304;

    [Fact]
    public void A_reload_reaches_the_clusters_and_says_what_it_changed()
    {
        using var host = Catalog();
        var catalog = host.Find("catalog")!;

        host.Reload(("Mesh:Upstreams:catalog:Timeout", "00:00:05"), ("Mesh:Upstreams:orders:Timeout", "00:00:01"), ("Mesh:FirstSnapshotTimeout", "00:00:09"));

        Assert.Same(catalog, host.Find("catalog"));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(9)), (catalog.Options.Timeout, catalog.FirstSnapshotTimeout));
        Assert.NotNull(host.Find("orders"));
        Assert.Equal(
            "The Mesh section has changed and is in force: Mesh:FirstSnapshotTimeout, Mesh:Upstreams:catalog:Timeout, Mesh:Upstreams:orders:Timeout.",
            Assert.Single(host.Said(InForce)));
    }

    [Theory]
    [InlineData("Mesh:Upstreams:catalog:Timeout", "-00:00:05", "Mesh:Upstreams:catalog:Timeout: expected a time over zero")]
    [InlineData("Mesh:Upstreams:catalog:Timeout", "five", "Mesh:Upstreams:catalog:Timeout: expected a time written hh:mm:ss")]
    [InlineData("Mesh:Upstreams:catalog:Timout", "00:00:05", "Did you mean Timeout?")]
    [InlineData("Mesh:Services:catalog:Endpoints:1", "127.0.0.1", "add the port")]
    [InlineData("Mesh:Consul:WaitTime", "00:00:01", "Mesh:Consul:WaitTime")]
    public void A_bad_reload_is_refused_as_a_whole_and_the_old_options_stay(string key, string value, string reason)
    {
        using var host = Catalog();
        var catalog = host.Find("catalog")!;
        var before = (host.Options.Current, catalog.Options);

        host.Reload((key, value), ("Mesh:Upstreams:orders:Timeout", "00:00:01"), ("Mesh:Upstreams:catalog:IdleTimeout", "00:00:01"));

        Assert.Equal(before, (host.Options.Current, catalog.Options));
        Assert.Null(host.Find("orders"));
        Assert.Contains(reason, Assert.Single(host.Said(Refused)), StringComparison.Ordinal);
        Assert.Empty(host.Said(InForce));

        host.Reload((key, null), ("Mesh:Upstreams:catalog:Timeout", "00:00:07"));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(1)), (catalog.Options.Timeout, catalog.Options.IdleTimeout));
        Assert.NotNull(host.Find("orders"));
    }

    [Fact]
    public void A_monitor_of_the_options_sees_those_in_force_and_a_bad_reload_throws_at_nobody()
    {
        using var host = Catalog();
        var seen = new List<TimeSpan>();
        using var listening = host.Monitor.OnChange(o => seen.Add(o.Upstreams["catalog"].Timeout));
        Assert.Equal(TimeSpan.FromSeconds(2), host.Monitor.CurrentValue.Upstreams["catalog"].Timeout);

        host.Reload(("Mesh:Upstreams:catalog:Timeout", "-00:00:05"));
        Assert.Equal(TimeSpan.FromSeconds(2), host.Monitor.CurrentValue.Upstreams["catalog"].Timeout);
        Assert.Single(host.Said(Refused));

        host.Reload(("Mesh:Upstreams:catalog:Timeout", "00:00:05"));
        Assert.Equal(TimeSpan.FromSeconds(5), host.Monitor.CurrentValue.Upstreams["catalog"].Timeout);
        Assert.Equal([TimeSpan.FromSeconds(5)], seen);
    }

    [Fact]
    public void A_listener_of_the_monitor_that_throws_does_not_reach_the_configuration()
    {
        using var host = Catalog();
        using var listening = host.Monitor.OnChange(_ => throw new InvalidOperationException("broken"));
        host.Reload(("Mesh:Upstreams:catalog:Timeout", "00:00:05"));
        Assert.Equal(TimeSpan.FromSeconds(5), host.Find("catalog")!.Options.Timeout);
        Assert.Single(host.Said(ReaderFailed));
    }

    [Fact]
    public void A_section_that_is_gone_does_not_switch_the_mesh_off()
    {
        using var host = Catalog();
        host.Reload(("Mesh:Services:catalog:Endpoints:0", null), ("Mesh:Upstreams:catalog:Timeout", null));
        Assert.Equal(TimeSpan.FromSeconds(2), host.Find("catalog")!.Options.Timeout);
        Assert.Contains("the Mesh section is gone", Assert.Single(host.Said(Refused)), StringComparison.Ordinal);
    }

    [Fact]
    public void Code_that_throws_during_a_reload_refuses_it()
    {
        var bad = false;
        using var host = Catalog(m => m.Configure(_ => { if (bad) throw new KeyNotFoundException("no such tenant"); }));
        bad = true;
        host.Reload(("Mesh:Upstreams:catalog:Timeout", "00:00:05"));
        Assert.Equal(TimeSpan.FromSeconds(2), host.Find("catalog")!.Options.Timeout);
        Assert.Contains("no such tenant", Assert.Single(host.Said(Refused)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reader_that_fails_does_not_keep_a_reload_from_the_others()
    {
        using var host = Catalog();
        var heard = 0;
        host.Options.Changed += _ => throw new InvalidOperationException("broken");
        host.Options.Changed += _ => heard++;
        host.Reload(("Mesh:Upstreams:catalog:Timeout", "00:00:05"));
        Assert.Equal(1, heard);
        Assert.Equal(TimeSpan.FromSeconds(5), host.Find("catalog")!.Options.Timeout);
        Assert.Single(host.Said(ReaderFailed));
    }

    [Fact]
    public void What_is_read_at_the_start_alone_is_said_to_wait_for_the_next_one()
    {
        using var host = Catalog();

        host.Reload(("Mesh:Consul:Token", "s3cret"), ("Mesh:Service:Tags:0", "v2"), ("Mesh:Security:DryRun", "true"), ("Mesh:Upstreams:catalog:Timeout", "00:00:05"));
        var said = Assert.Single(host.Said(Pending));
        Assert.Contains("Changed, but not in force: Mesh:Consul:Token, Mesh:Security:DryRun, Mesh:Service:Tags:0.", said, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", said, StringComparison.Ordinal);
        Assert.EndsWith("in force: Mesh:Upstreams:catalog:Timeout.", Assert.Single(host.Said(InForce)), StringComparison.Ordinal);

        host.Reload(("Mesh:Upstreams:catalog:Timeout", "00:00:06"));
        Assert.Single(host.Said(Pending));

        host.Reload(("Mesh:Consul:Token", null), ("Mesh:Service:Tags:0", null), ("Mesh:Security:DryRun", null));
        Assert.Single(host.Said(Pending));

        host.Reload(("Mesh:Consul:Token", "s3cret"));
        Assert.Equal(2, host.Said(Pending).Length);
    }

    [Theory]
    [InlineData("Mesh:Consul:Datacenter", "dc2")]
    [InlineData("Mesh:Service:Name", "web")]
    [InlineData("Mesh:Snapshot:MaxAge", "01:00:00")]
    public void The_sections_that_are_read_at_the_start_are_named(string key, string value)
    {
        using var host = Catalog();
        host.Reload((key, value));
        Assert.StartsWith($"Changed, but not in force: {key}. What is under Mesh:Consul, Mesh:Inbound, Mesh:Security, Mesh:Service and Mesh:Snapshot is read", Assert.Single(host.Said(Pending)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_of_other_sections_is_not_spoken_of()
    {
        using var host = Catalog();
        host.Reload(("Logging:LogLevel:Default", "Debug"));
        Assert.Empty(host.Log.Entries);
    }

    [Fact]
    public async Task A_host_with_options_that_cannot_be_does_not_start_and_says_why()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration["Mesh:Upstreams:catalog:Timeout"] = "-00:00:05";
        builder.Services.AddMesh();
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("Mesh:Upstreams:catalog:Timeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Added_twice_it_is_there_once()
    {
        var once = new ServiceCollection().AddMesh();
        var count = once.Count;
        Assert.Equal(count, once.AddMesh().Count);
    }

    private static ReloadHost Catalog(Action<MeshBuilder>? mesh = null) => new(
        new() { ["Mesh:Services:catalog:Endpoints:0"] = "127.0.0.1:1", ["Mesh:Upstreams:catalog:Timeout"] = "00:00:02" }, mesh);
}
