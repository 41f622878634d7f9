using System.Runtime.CompilerServices;
using MeshClient.Consul.Identity;
using MeshClient.Consul.Intentions;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace MeshClient.Tests.Identity;

public sealed class SecurityRegistrationTests
{
    [Fact]
    public async Task Where_security_is_off_no_source_is_made()
    {
        Forbidden.Made = 0;
        await using var services = Services([], mesh => mesh.UseIdentitySource<Forbidden>());
        foreach (var hosted in services.GetServices<IHostedService>())
            await hosted.StartAsync(default);
        var security = services.GetRequiredService<MeshSecurity>();
        Assert.Equal((SecurityMode.Off, null, 0), (security.Mode, security.Identity, Forbidden.Made));
        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal((HealthStatus.Healthy, 0), (report.Entries["mesh_identity"].Status, Forbidden.Made));
    }

    [Theory]
    [InlineData("Consul", typeof(ConsulIdentitySource))]
    [InlineData("Files", typeof(FileIdentitySource))]
    public async Task The_section_chooses_the_source(string source, Type expected)
    {
        var file = typeof(SecurityRegistrationTests).Assembly.Location;
        await using var services = Services(new()
        {
            ["Mesh:Security:Mode"] = "Strict",
            ["Mesh:Security:Source"] = source,
            ["Mesh:Security:DryRun"] = "true",
            ["Mesh:Security:Files:CertificateFile"] = file,
            ["Mesh:Security:Files:KeyFile"] = file,
            ["Mesh:Security:Files:TrustFile"] = file,
        });
        Assert.IsType(expected, services.GetRequiredService<IIdentitySource>());
        var security = services.GetRequiredService<MeshSecurity>();
        Assert.Equal((SecurityMode.Strict, true), (security.Mode, security.DryRun));
        Assert.Same(services.GetRequiredService<IdentityKeeper>(), security.Identity);
    }

    [Fact]
    public async Task The_host_starts_an_application_s_own_source_and_its_health_is_told()
    {
        await using var services = Services(new() { ["Mesh:Security:Mode"] = "Permissive" }, mesh => mesh.UseIdentitySource<Issued>());
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync()).Status);
        foreach (var hosted in services.GetServices<IHostedService>())
            await hosted.StartAsync(default);
        var keeper = services.GetRequiredService<MeshSecurity>().Identity!;
        await Eventually.True(() => keeper.Current.Leaf is not null);
        var healthy = await HealthAsync();
        Assert.Equal((HealthStatus.Healthy, keeper.Current.Leaf!.Id.ToString()), (healthy.Status, healthy.Data["id"]));

        async Task<HealthReportEntry> HealthAsync() =>
            (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["mesh_identity"];
    }

    [Theory]
    [InlineData(null, false, typeof(ConsulIntentionSource))]
    [InlineData("Consul", false, typeof(ConsulIntentionSource))]
    [InlineData("Consul", true, typeof(ConsulIntentionSource))]
    [InlineData("AllowAll", false, typeof(AllowAllIntentionSource))]
    [InlineData("AllowAll", true, typeof(AllowAllIntentionSource))]
    [InlineData(null, true, null)]
    public async Task Who_may_call_is_said_by_Consul_or_by_the_section_in_so_many_words(string? intentions, bool ownRegistry, Type? expected)
    {
        await using var services = Services(
            new() { ["Mesh:Security:Mode"] = "Strict", ["Mesh:Security:Intentions"] = intentions }, mesh => _ = ownRegistry ? mesh.UseRegistry<ScriptedRegistry>() : mesh);
        if (expected is not null)
        {
            Assert.IsType(expected, services.GetRequiredService<IIntentionSource>());
            return;
        }
        var error = Assert.Throws<InvalidOperationException>(services.GetRequiredService<IIntentionSource>);
        Assert.StartsWith("Mesh:Security:Intentions: this application finds services by ScriptedRegistry", error.Message, StringComparison.Ordinal);
        Assert.Contains("AllowAll", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_intentions_everyone_whom_the_mode_lets_in_is_allowed()
    {
        using var stop = new CancellationTokenSource();
        await using var updates = new AllowAllIntentionSource("web").WatchAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(new IntentionSet("web", [], AllowByDefault: true), Assert.IsType<IntentionUpdate.Known>(updates.Current).Value);
        var next = updates.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings, Action<MeshBuilder>? mesh = null)
    {
        settings["Mesh:Service:Name"] = "web";
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddMesh(mesh);
        services.AddHealthChecks().AddMesh();
        return services.BuildServiceProvider();
    }

    private sealed class Forbidden : IIdentitySource
    {
        public static int Made;

        public Forbidden() => Made++;

        public IAsyncEnumerable<IdentityUpdate> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Issued : IIdentitySource
    {
        public async IAsyncEnumerable<IdentityUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var authority = TestAuthority.Root();
            yield return new IdentityUpdate.Material(ScriptedIdentitySource.Material(authority.Issue("web"), authority));
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }
}
