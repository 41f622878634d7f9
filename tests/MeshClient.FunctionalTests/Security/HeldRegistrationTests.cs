using System.Threading.Channels;
using MeshClient.DevRegistry;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.TestKit.Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MeshClient.FunctionalTests.Security;

/// <summary>An instance that would refuse its callers is not to be found by them.</summary>
public sealed class HeldRegistrationTests
{
    private static readonly TestAuthority s_authority = TestAuthority.Root();

    [Fact]
    public async Task An_instance_is_registered_when_it_has_its_certificate_and_its_intentions_and_not_before()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        var (identity, intentions) = (new TestIdentity(), new Later());
        await using var web = await StartAsync(registry, identity, intentions);
        await Eventually.True(() => web.Log().Of(1447).Count() == 1);
        Assert.Contains("before a certificate has come", web.Log().Of(1447).Single().Text, StringComparison.Ordinal);

        identity.Say(s_authority, s_authority.Issue("web"));
        await Eventually.True(() => web.Log().Of(1447).Count() == 2);
        Assert.Contains("before the first reading of the intentions has come", web.Log().Of(1447).Last().Text, StringComparison.Ordinal);
        Assert.Equal("[]", await FoundAsync(registry));
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(web)).Status);

        intentions.Say(new IntentionSet("web", [], AllowByDefault: true));
        await Eventually.True(async () => await FoundAsync(registry) != "[]");
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(web)).Status);
    }

    [Fact]
    public async Task A_dry_run_serves_without_intentions_and_is_registered_without_them()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        var identity = new TestIdentity();
        identity.Say(s_authority, s_authority.Issue("web"));
        await using var web = await StartAsync(registry, identity, new Later(), ("Security:DryRun", "true"));

        await Eventually.True(async () => await FoundAsync(registry) != "[]");
        Assert.DoesNotContain(web.Log().Of(1447), l => l.Text.Contains("intentions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_stops_while_its_registration_is_held()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        var web = await StartAsync(registry, new TestIdentity(), new Later());
        await Eventually.True(() => web.Log().Of(1447).Any());
        await web.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task<string> FoundAsync(DevRegistryServer registry)
    {
        using var client = new HttpClient();
        return (await client.GetStringAsync(new Uri(registry.Address, "/v1/health/service/web"))).Trim();
    }

    private static async Task<HealthReportEntry> HealthAsync(TestServer web) =>
        (await web.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["mesh_intentions"];

    private static Task<TestServer> StartAsync(DevRegistryServer registry, TestIdentity identity, Later intentions, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Service:Name"] = "web",
            ["Security:Mode"] = "Strict",
            ["Consul:Address"] = registry.Address.GetLeftPart(UriPartial.Authority),
            ["FirstSnapshotTimeout"] = "00:00:00.100",
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        return MeshServer.StartAsync("web", settings: settings, ownRegistry: false, services: services =>
        {
            services.AddHealthChecks().AddMesh();
            services.Replace(ServiceDescriptor.Singleton<IIdentitySource>(identity));
            services.Replace(ServiceDescriptor.Singleton<IIntentionSource>(intentions));
        });
    }

    /// <summary>Intentions that come when the test says.</summary>
    private sealed class Later : IIntentionSource
    {
        private readonly Channel<IntentionUpdate> _updates = Channel.CreateUnbounded<IntentionUpdate>();

        public void Say(IntentionSet set) => _updates.Writer.TryWrite(new IntentionUpdate.Known(set));

        public IAsyncEnumerable<IntentionUpdate> WatchAsync(CancellationToken cancellationToken) => _updates.Reader.ReadAllAsync(cancellationToken);
    }
}
