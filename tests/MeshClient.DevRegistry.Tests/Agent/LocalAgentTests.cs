using MeshClient.DevRegistry.Agent;
using MeshClient.DevRegistry.Catalog;
using MeshClient.DevRegistry.Checks;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.DevRegistry.Tests.Agent;

public sealed class LocalAgentTests : IDisposable
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly ServiceCatalog catalog = new();
    private readonly FakeTimeProvider time = new();
    private readonly LocalAgent agent;

    public LocalAgentTests() => agent = new LocalAgent(catalog, time, new FixedRandom(0.5));

    public void Dispose() => agent.Dispose();

    [Fact]
    public void A_ttl_check_starts_critical_and_passes_on_a_heartbeat()
    {
        Register(TtlCheck());
        Assert.Equal(HealthStatus.Critical, Published.Status);
        Assert.True(agent.Renew("ttl", HealthStatus.Passing, "fine"));
        Assert.Equal((HealthStatus.Passing, "fine"), (Published.Status, Published.Output));
    }

    [Fact]
    public void A_ttl_check_expires_when_nobody_renews_it()
    {
        Register(TtlCheck());
        agent.Renew("ttl", HealthStatus.Passing, "fine");
        time.Advance(Ttl - Instant);
        Assert.Equal(HealthStatus.Passing, Published.Status);
        time.Advance(Instant);
        Assert.Equal(HealthStatus.Critical, Published.Status);
        Assert.Equal("TTL expired (last output before timeout follows): fine", Published.Output);
    }

    [Fact]
    public void A_renewal_starts_the_ttl_anew()
    {
        Register(TtlCheck());
        agent.Renew("ttl", HealthStatus.Passing, "");
        time.Advance(Ttl - Instant);
        agent.Renew("ttl", HealthStatus.Passing, "");
        time.Advance(Ttl - Instant);
        Assert.Equal(HealthStatus.Passing, Published.Status);
        time.Advance(Instant);
        Assert.Equal((HealthStatus.Critical, "TTL expired"), (Published.Status, Published.Output));
    }

    [Fact]
    public void A_note_that_changes_alone_reaches_the_catalog_late_and_the_agent_at_once()
    {
        Register(TtlCheck() with { Ttl = TimeSpan.FromHours(1) });
        agent.Renew("ttl", HealthStatus.Passing, "one");
        var index = catalog.Health("web").Index;
        agent.Renew("ttl", HealthStatus.Passing, "two");

        Assert.Equal("two", Assert.Single(agent.Checks()).Output);
        time.Advance(CheckLife.OutputInterval - Instant);
        Assert.Equal(("one", index), (Published.Output, catalog.Health("web").Index));
        time.Advance(Instant);
        Assert.Equal(("two", index + 1), (Published.Output, catalog.Health("web").Index));
    }

    [Fact]
    public void Registering_again_keeps_the_state_of_a_check_and_the_index()
    {
        Register(TtlCheck());
        agent.Renew("ttl", HealthStatus.Passing, "fine");
        var index = catalog.Health("web").Index;
        Register(TtlCheck());
        Assert.Equal((HealthStatus.Passing, index), (Published.Status, catalog.Health("web").Index));
    }

    [Fact]
    public void The_timer_of_a_replaced_check_is_dead()
    {
        Register(TtlCheck());
        agent.Renew("ttl", HealthStatus.Passing, "");
        time.Advance(Ttl / 2);
        Register(TtlCheck());
        time.Advance(Ttl - Instant);
        Assert.Equal(HealthStatus.Passing, Published.Status);
    }

    [Theory]
    [InlineData(false, new[] { "a", "b" })]
    [InlineData(true, new[] { "b" })]
    public void Checks_that_are_named_no_more_stay_unless_they_are_to_be_replaced(bool replace, string[] expected)
    {
        Register(TtlCheck() with { Id = "a" });
        agent.Register(Web, [TtlCheck() with { Id = "b" }], replace);
        Assert.Equal(expected, catalog.Health("web").Value[0].Checks.Skip(1).Select(static check => check.Id));
    }

    [Fact]
    public void A_service_that_stays_critical_is_reaped_and_one_that_recovers_is_not()
    {
        Register(TtlCheck() with { DeregisterAfter = TimeSpan.FromMinutes(1), Ttl = TimeSpan.FromHours(1) });
        time.Advance(TimeSpan.FromSeconds(50));
        agent.Renew("ttl", HealthStatus.Passing, "");
        agent.Renew("ttl", HealthStatus.Critical, "");
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Single(agent.Services());
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(agent.Services());
        Assert.Empty(catalog.Health("web").Value);
    }

    [Fact]
    public void Registering_again_does_not_put_off_the_reaper()
    {
        var check = TtlCheck() with { DeregisterAfter = TimeSpan.FromMinutes(1), Ttl = TimeSpan.FromHours(1) };
        Register(check);
        time.Advance(TimeSpan.FromSeconds(50));
        Register(check);
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.Empty(agent.Services());
    }

    [Fact]
    public void Maintenance_is_a_critical_check_and_goes_without_a_trace()
    {
        Register();
        Assert.True(agent.SetMaintenance("web-1", enable: true, "deploy"));
        Assert.Equal(
            ("_service_maintenance:web-1", HealthStatus.Critical, "deploy", "maintenance"),
            (Published.Id, Published.Status, Published.Notes, Published.Type));
        Assert.True(agent.SetMaintenance("web-1", enable: false, ""));
        Assert.True(Assert.Single(catalog.Health("web").Value).IsPassing);
        Assert.False(agent.SetMaintenance("other", enable: true, ""));
    }

    [Fact]
    public void Only_ttl_checks_can_be_renewed()
    {
        Register(TtlCheck() with { Kind = CheckKind.Tcp, Target = "127.0.0.1:1", Interval = TimeSpan.FromHours(1) });
        Assert.False(agent.Renew("ttl", HealthStatus.Passing, ""));
        Assert.False(agent.Renew("unknown", HealthStatus.Passing, ""));
    }

    [Fact]
    public void A_deregistered_service_takes_its_checks_with_it()
    {
        Register(TtlCheck());
        agent.Deregister("web-1");
        Assert.Empty(agent.Checks());
        Assert.False(agent.Renew("ttl", HealthStatus.Passing, ""));
    }

    private static ServiceDefinition Web => new() { Id = "web-1", Name = "web" };

    private CatalogCheck Published => Assert.Single(catalog.Health("web").Value).Checks[1];

    private static CheckDefinition TtlCheck() => new() { Id = "ttl", Name = "ttl", Kind = CheckKind.Ttl, Ttl = Ttl };

    private void Register(params CheckDefinition[] checks) => agent.Register(Web, checks, replaceChecks: false);
}
