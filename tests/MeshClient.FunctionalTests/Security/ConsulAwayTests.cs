using MeshClient.DevRegistry;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.FunctionalTests.Security;

/// <summary>Two strict programs while Consul is away: at their start, until past the end of their certificates, and when another one comes back in its place.</summary>
public sealed class ConsulAwayTests
{
    [Fact]
    public async Task Away_at_the_start_nobody_is_called_or_served_until_it_comes()
    {
        var port = FreePort.Next();
        await using var pair = await MeshPair.StartAsync(new Uri($"http://127.0.0.1:{port}"));
        Assert.Contains("Start the agent", pair.Web.Log().Of(1602).First().Text, StringComparison.Ordinal);
        Assert.Equal(["a certificate", "intentions"], pair.Web.Log().Of(1443).Select(l => l.Text.Split("without ")[1].Split(", and")[0]));
        Assert.NotNull(await pair.FailureAsync());
        Assert.Equal(HealthStatus.Unhealthy, (await pair.HealthAsync()).Status);

        await using var registry = await DevRegistryServer.StartAsync(new DevRegistryOptions { Port = port });

        await pair.ServedAsync();
        Assert.Equal(HealthStatus.Healthy, (await pair.HealthAsync()).Status);
    }

    [Fact]
    public async Task Away_until_past_the_end_of_the_certificates_calls_go_on_to_it_and_fail_closed_after_it_until_another_comes()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var first = await StartAsync(time, port: 0);
        var port = first.Address.Port;
        await using var pair = await MeshPair.StartAsync(first.Address, time: time);
        await pair.ServedAsync();
        var before = pair.Identity.Current;

        await first.DisposeAsync();
        await Eventually.True(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return pair.Identity.Trouble is not null && pair.CatalogIdentity.Trouble is not null;
        });
        // Until a minute before the first of the two expires.
        while (Earlier(pair) - time.GetUtcNow() > TimeSpan.FromMinutes(1))
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.Null(await pair.FailureAsync());
        }
        Assert.Same(before.Leaf, pair.Identity.Current.Leaf);
        Assert.Equal(HealthStatus.Degraded, (await pair.HealthAsync()).Status);

        while (pair.Identity.Current.Leaf!.NotAfter >= time.GetUtcNow())
            time.Advance(TimeSpan.FromSeconds(1));

        var error = Assert.IsType<MeshIdentityException>(Innermost(await pair.FailureAsync()));
        Assert.Equal((true, PeerVerdict.Expired), (error.IsOwn, error.Verdict));
        Assert.Contains("has not been renewed. Is its source at work?", error.Message, StringComparison.Ordinal);
        var health = await pair.HealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains("expired at", health.Description, StringComparison.Ordinal);
        Assert.Single(pair.Web.Log().Of(1606));

        // Another in its place: another CA, another trust domain, and nobody registered.
        await using var second = await StartAsync(time, port);
        await pair.ServedAsync();
        Assert.Equal(second.TrustDomain, pair.Identity.Current.Leaf!.Id.TrustDomain);
        Assert.NotEqual(before.Bundle!.TrustDomain, pair.Identity.Current.Bundle!.TrustDomain);
        Assert.Equal(HealthStatus.Healthy, (await pair.HealthAsync()).Status);
    }

    [Fact]
    public async Task Rebuilt_under_calls_its_new_trust_domain_is_taken_over_and_the_old_one_refused()
    {
        await using var registry = await DevRegistryServer.StartAsync();
        await using var pair = await MeshPair.StartAsync(registry.Address);
        await pair.ServedAsync();
        var (before, domain) = (pair.Identity.Current, registry.TrustDomain);
        Assert.Equal(domain, before.Bundle!.TrustDomain);

        registry.Wipe();

        await Eventually.True(async () =>
        {
            await pair.FailureAsync();
            return pair.Identity.Current.Leaf!.Id.TrustDomain == registry.TrustDomain && pair.CatalogIdentity.Current.Leaf!.Id.TrustDomain == registry.TrustDomain;
        }, TimeSpan.FromSeconds(60));
        await pair.ServedAsync();
        Assert.NotEqual(domain, registry.TrustDomain);
        using var old = Caller.Client(pair.Catalog.Port, new TestLeaf(before.Leaf!.Certificate, "", [.. before.Leaf.Intermediates]), new Version(1, 1));
        await Assert.ThrowsAsync<HttpRequestException>(() => old.GetAsync(new Uri("/", UriKind.Relative)));
        await Eventually.True(async () => (await pair.HealthAsync()).Status == HealthStatus.Healthy);
    }

    private static Task<DevRegistryServer> StartAsync(TimeProvider time, int port) => DevRegistryServer.StartAsync(
        new DevRegistryOptions { Port = port, TimeProvider = time, Authority = new AuthorityOptions { LeafLifetime = TimeSpan.FromMinutes(20) } });

    private static DateTimeOffset Earlier(MeshPair pair)
    {
        var (a, b) = (pair.Identity.Current.Leaf!.NotAfter, pair.CatalogIdentity.Current.Leaf!.NotAfter);
        return a < b ? a : b;
    }

    private static Exception? Innermost(Exception? error)
    {
        while (error is { InnerException: { } inner } and not MeshIdentityException)
            error = inner;
        return error;
    }
}
