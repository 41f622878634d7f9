using System.Net;
using System.Text.Json;
using MeshClient.DevRegistry.Tests.Kit;
using MeshClient.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.DevRegistry.Tests.Authority;

/// <summary>Renewal, rotation and expiry on a virtual clock, by the paths that clients use.</summary>
public sealed class CertificateLifeTests : IAsyncLifetime
{
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private DevRegistryServer registry = null!;
    private HttpClient client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => StartAsync(new AuthorityOptions { LeafLifetime = LeafLifetime });

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task A_leaf_is_renewed_between_60_and_90_percent_of_its_life_and_wakes_those_who_wait()
    {
        var first = await LeafAsync();
        var life = (Start: ValidFrom(first), End: ValidTo(first));
        Assert.Equal(LeafLifetime, life.End - life.Start);
        var waiting = await WaitForLeafAsync(first);
        time.Advance(life.Start + (LeafLifetime * 0.6) - Instant - time.GetUtcNow());
        Assert.Equal(1, registry.WaitingQueries);
        Assert.Equal(Serial(first), Serial(await LeafAsync()));
        time.Advance(life.Start + (LeafLifetime * 0.9) - time.GetUtcNow());
        var second = await waiting;
        Assert.NotEqual(Serial(first), Serial(second));
        Assert.True(second.GetProperty("ModifyIndex").GetUInt64() > first.GetProperty("ModifyIndex").GetUInt64());
        Assert.True(ValidTo(second) > life.End);
        Assert.True(await IsTrustedAsync(second, root: 0));
        Assert.True(await IsTrustedAsync(first, root: 0));
        time.Advance(life.End - time.GetUtcNow() + TimeSpan.FromSeconds(1));
        Assert.False(await IsTrustedAsync(first, root: 0));
    }

    [Fact]
    public async Task Leaves_are_renewed_for_as_long_as_the_registry_runs()
    {
        for (var i = 0; i < 50; i++)
        {
            var leaf = await LeafAsync();
            Assert.True(await IsTrustedAsync(leaf, root: 0));
            Assert.True(ValidTo(leaf) - time.GetUtcNow() >= LeafLifetime * 0.05);
            time.Advance(LeafLifetime * 0.3);
        }
    }

    [Fact]
    public async Task A_rotation_gives_both_roots_and_a_new_leaf_that_either_root_leads_to()
    {
        var oldLeaf = await LeafAsync();
        var (roots, leaf) = (await WaitForRootsAsync(), await WaitForLeafAsync(oldLeaf, alreadyWaiting: 1));
        await registry.RotateAuthorityAsync();

        var entries = (await roots).GetProperty("Roots");
        Assert.Equal([false, true], entries.EnumerateArray().Select(static root => root.GetProperty("Active").GetBoolean()));
        var newLeaf = await leaf;
        Assert.Equal(2, Sent(newLeaf).Count);
        Assert.True(await IsTrustedAsync(newLeaf, root: 0));
        Assert.True(await IsTrustedAsync(newLeaf, root: 1));
        Assert.False(IssuedCertificates.LeadsTo([Sent(newLeaf)[0]], IssuedCertificates.First(entries[0], "RootCert"), time.GetUtcNow()));
        Assert.True(await IsTrustedAsync(oldLeaf, root: 0));
        Assert.Equal(newLeaf.GetProperty("ServiceURI").GetString(), oldLeaf.GetProperty("ServiceURI").GetString());
    }

    [Fact]
    public async Task An_old_root_goes_when_all_that_it_signed_has_long_expired()
    {
        await registry.RotateAuthorityAsync();
        time.Advance((LeafLifetime * 2) - Instant);
        Assert.Equal(2, (await RootsAsync()).GetProperty("Roots").GetArrayLength());
        var waiting = await WaitForRootsAsync();
        time.Advance(Instant);
        Assert.Single((await waiting).GetProperty("Roots").EnumerateArray());
    }

    [Fact]
    public async Task Several_rotations_leave_one_active_root_and_drop_the_old_ones_in_turn()
    {
        await registry.RotateAuthorityAsync();
        time.Advance(LeafLifetime);
        await registry.RotateAuthorityAsync();
        Assert.Equal(3, (await RootsAsync()).GetProperty("Roots").GetArrayLength());
        time.Advance(LeafLifetime);
        Assert.Equal(2, (await RootsAsync()).GetProperty("Roots").GetArrayLength());
        time.Advance(LeafLifetime);
        Assert.Single((await RootsAsync()).GetProperty("Roots").EnumerateArray());
    }

    [Fact]
    public async Task With_a_spread_the_new_leaf_comes_within_it()
    {
        await RestartAsync(new AuthorityOptions { LeafLifetime = TimeSpan.FromHours(1), RotationSpread = TimeSpan.FromSeconds(30) });
        var old = await LeafAsync();
        await registry.RotateAuthorityAsync();
        Assert.Equal(Serial(old), Serial(await LeafAsync()));
        var waiting = await WaitForLeafAsync(old);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotEqual(Serial(old), Serial(await waiting));
    }

    [Fact]
    public async Task A_wipe_changes_root_and_trust_domain()
    {
        var (domain, leaf) = (registry.TrustDomain, await LeafAsync());
        registry.Wipe();
        Assert.NotEqual(domain, registry.TrustDomain);
        Assert.Equal(registry.TrustDomain, (await RootsAsync()).GetProperty("TrustDomain").GetString());
        Assert.False(await IsTrustedAsync(leaf, root: 0));
    }

    [Fact]
    public async Task A_private_key_goes_in_and_never_comes_out()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var config = new Dictionary<string, string> { ["PrivateKey"] = key.ExportECPrivateKeyPem(), ["LeafCertTTL"] = "2h" };
        using var body = new StringContent($$"""{"Provider":"consul","Config":{{JsonSerializer.Serialize(config)}}}""");
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync("/v1/connect/ca/configuration", body, Cancellation)).StatusCode);
        var answer = await client.GetStringAsync("/v1/connect/ca/configuration", Cancellation);
        Assert.Equal("""{"LeafCertTTL":"2h"}""", JsonDocument.Parse(answer).RootElement.GetProperty("Config").GetRawText());
        Assert.DoesNotContain("PRIVATE", await client.GetStringAsync("/v1/connect/ca/roots", Cancellation), StringComparison.Ordinal);
        var leaf = await LeafAsync("other");
        Assert.Equal(TimeSpan.FromHours(2), ValidTo(leaf) - ValidFrom(leaf));
    }

    [Fact]
    public async Task A_long_life_is_renewed_in_time_too()
    {
        await RestartAsync(new AuthorityOptions { LeafLifetime = TimeSpan.FromDays(300) });
        var first = await LeafAsync();
        time.Advance(TimeSpan.FromDays(100));
        Assert.Equal(Serial(first), Serial(await LeafAsync()));
        time.Advance(TimeSpan.FromDays(170));
        Assert.NotEqual(Serial(first), Serial(await LeafAsync()));
    }

    [Theory]
    [InlineData(4, 1000, 0, "LeafLifetime")]
    [InlineData(400 * 86400, 401 * 86400, 0, "LeafLifetime")]
    [InlineData(100, 99, 0, "RootLifetime")]
    [InlineData(100, 1000, 3601, "RotationSpread")]
    [InlineData(100, 1000, -1, "RotationSpread")]
    public async Task Lifetimes_out_of_range_stop_the_start(int leaf, int root, int spread, string named)
    {
        var options = new AuthorityOptions
        {
            LeafLifetime = TimeSpan.FromSeconds(leaf),
            RootLifetime = TimeSpan.FromSeconds(root),
            RotationSpread = TimeSpan.FromSeconds(spread),
        };
        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => DevRegistryServer.StartAsync(new DevRegistryOptions { Authority = options }, Cancellation));
        Assert.Contains($"DevRegistryOptions.Authority.{named}", error.Message, StringComparison.Ordinal);
    }

    private static string? Serial(JsonElement leaf) => leaf.GetProperty("SerialNumber").GetString();

    private static DateTimeOffset ValidFrom(JsonElement leaf) => leaf.GetProperty("ValidAfter").GetDateTimeOffset();

    private static DateTimeOffset ValidTo(JsonElement leaf) => leaf.GetProperty("ValidBefore").GetDateTimeOffset();

    private static System.Security.Cryptography.X509Certificates.X509Certificate2Collection Sent(JsonElement leaf) =>
        IssuedCertificates.Read(leaf.GetProperty("CertPEM").GetString()!);

    private async Task<bool> IsTrustedAsync(JsonElement leaf, int root) => IssuedCertificates.LeadsTo(
        Sent(leaf), IssuedCertificates.First((await RootsAsync()).GetProperty("Roots")[root], "RootCert"), time.GetUtcNow());

    private Task<JsonElement> RootsAsync() => GetAsync("/v1/agent/connect/ca/roots");

    private Task<JsonElement> LeafAsync(string service = "web") => GetAsync($"/v1/agent/connect/ca/leaf/{service}");

    private async Task<Task<JsonElement>> WaitForRootsAsync()
    {
        using var response = await client.GetAsync("/v1/agent/connect/ca/roots", Cancellation);
        return await WaitAsync($"/v1/agent/connect/ca/roots?index={response.Headers.GetValues("X-Consul-Index").Single()}&wait=10m", 0);
    }

    private Task<Task<JsonElement>> WaitForLeafAsync(JsonElement leaf, int alreadyWaiting = 0) => WaitAsync(
        $"/v1/agent/connect/ca/leaf/web?index={leaf.GetProperty("ModifyIndex").GetUInt64()}&wait=10m", alreadyWaiting);

    private async Task<Task<JsonElement>> WaitAsync(string path, int alreadyWaiting)
    {
        var waiting = GetAsync(path);
        await Eventually.True(() => registry.WaitingQueries == alreadyWaiting + 1, cancellationToken: Cancellation);
        return waiting;
    }

    private async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await client.GetStringAsync(path, Cancellation)).RootElement;

    private async Task RestartAsync(AuthorityOptions options)
    {
        await DisposeAsync();
        await StartAsync(options);
    }

    private async ValueTask StartAsync(AuthorityOptions options)
    {
        registry = await DevRegistryServer.StartAsync(
            new DevRegistryOptions { TimeProvider = time, Authority = options, Seed = 7 }, Cancellation);
        client = new HttpClient { BaseAddress = registry.Address };
    }
}
