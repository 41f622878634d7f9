using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MeshClient.DevRegistry;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using static MeshClient.FunctionalTests.Security.SpoiledAgent;

namespace MeshClient.FunctionalTests.Security;

/// <summary>
/// Certificates of its own that a process cannot use, from its agent: at the start it makes and takes no call, later the certificate in force stays; the log
/// says why, health tells it, and the next good answer mends it.
/// </summary>
public sealed class LeafAttackTests
{
    private const int SourceInTrouble = 1602, Refused = 1440;

    private static readonly Dictionary<string, (Func<string, Answer> Spoil, string Reason)> s_faults = new()
    {
        ["half a JSON"] = (json => new(200, json[..(json.Length / 2)]), "Expected JSON with the certificate of web"),
        ["no JSON"] = (_ => new(200, "<html>"), "Expected JSON with the certificate of web"),
        ["half a certificate"] = (json => With(json, cert: pem => pem[..(pem.Length / 2)]), "cannot be read: Expected whole PEM blocks"),
        ["a key that is another's"] = (json => With(json, key: _ => NewKey()), "is not that of the leaf certificate"),
        ["half a key"] = (json => With(json, key: pem => pem[..(pem.Length / 2)]), "The private key cannot be read"),
        ["another service's"] = (json => Other(json, (ca, leaf) => ca.Issue(leaf with { Service = "other" })), "Expected a certificate of web from Consul, found that of"),
        ["another CA's"] = (json => Other(json, (ca, leaf) => ca.Issue(leaf)), "No peer would accept the leaf: Expected a chain"),
        ["another trust domain's"] = (json => Other(json, (ca, leaf) => ca.Issue(leaf with { TrustDomain = "other.consul" })), "it was rebuilt, and the other half is waited for"),
        ["without an identity"] = (json => Other(json, (ca, leaf) => ca.Issue(leaf with { Uris = [], DnsNames = ["web"] })), "Expected one URI"),
        ["of 100 KB"] = (json => Other(json, (ca, leaf) => ca.Issue(leaf with { Ballast = 100 << 10 })), "at most 64 KiB"),
        ["of a megabyte"] = (json => Other(json, (ca, leaf) => ca.Issue(leaf with { Ballast = 1 << 20 })), "at most 1 MiB"),
        ["CSR rate limit"] = (_ => new(500, "rpc error making call: Rate limit reached, try again later"), "limits the rate at which certificates are signed"),
        ["rate limit of calls"] = (_ => new(429, "slow down"), "Consul limits the rate of calls"),
        ["no right to it"] = (_ => new(403, "Permission denied"), "give it service \"web\" { policy = \"write\" }"),
        ["cut off"] = (_ => Answer.Cut, "No Consul agent could be reached"),
    };

    public static TheoryData<string> Faults => [.. s_faults.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task At_the_start_nothing_is_called_and_nobody_served_until_it_is_mended(string fault)
    {
        var (spoil, reason) = s_faults[fault];
        await using var registry = await DevRegistryServer.StartAsync();
        await using var agent = await SpoiledAgent.StartAsync(registry.Address);
        agent.Spoil(spoil);
        await using var pair = await MeshPair.StartAsync(registry.Address, agentOfWeb: agent.Address);
        var (log, catalog) = (pair.Web.Log(), pair.Catalog);

        await Eventually.True(() => log.Of(SourceInTrouble).Any(l => l.Text.Contains(reason, StringComparison.Ordinal)));
        await Eventually.True(async () => await pair.FailureAsync() is MeshIdentityException { IsOwn: true });
        Assert.Equal(Caller.Refused, await Caller.GetAsync(pair.Web.Port, TestAuthority.Root().Issue("api")));
        Assert.Contains(log.Of(Refused), l => l.Text.Contains("Expected a certificate of this process to present, found none yet", StringComparison.Ordinal));
        Assert.Equal(HealthStatus.Unhealthy, (await pair.HealthAsync()).Status);
        Assert.Empty(catalog.Requests);

        agent.Spoil(null);
        await pair.ServedAsync();
        await Eventually.True(async () => (await pair.HealthAsync()).Status == HealthStatus.Healthy);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Later_the_certificate_in_force_stays_in_use(string fault)
    {
        var (spoil, reason) = s_faults[fault];
        await using var registry = await DevRegistryServer.StartAsync();
        await using var agent = await SpoiledAgent.StartAsync(registry.Address);
        await using var pair = await MeshPair.StartAsync(registry.Address, agentOfWeb: agent.Address);
        await pair.ServedAsync();
        var before = pair.Identity.Current.Leaf;

        agent.Spoil(spoil);
        await Eventually.True(() => pair.Web.Log().Of(SourceInTrouble).Any(l => l.Text.Contains(reason, StringComparison.Ordinal)));

        Assert.Same(before, pair.Identity.Current.Leaf);
        Assert.Equal((null, null), (await pair.FailureAsync(), await pair.FailureOfCatalogAsync()));
        var health = await pair.HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("the certificate is valid until", health.Description, StringComparison.Ordinal);

        agent.Spoil(null);
        await Eventually.True(async () => (await pair.HealthAsync()).Status == HealthStatus.Healthy);
    }

    private static Answer With(string json, Func<string, string>? cert = null, Func<string, string>? key = null)
    {
        var leaf = JsonNode.Parse(json)!;
        leaf["CertPEM"] = cert?.Invoke((string)leaf["CertPEM"]!) ?? (string)leaf["CertPEM"]!;
        leaf["PrivateKeyPEM"] = key?.Invoke((string)leaf["PrivateKeyPEM"]!) ?? (string)leaf["PrivateKeyPEM"]!;
        return new(200, leaf.ToJsonString());
    }

    // Signed by an authority that says it is of the same trust domain.
    private static Answer Other(string json, Func<TestAuthority, LeafRequest, TestLeaf> issue)
    {
        var domain = new Uri((string)JsonNode.Parse(json)!["ServiceURI"]!).Host;
        var leaf = issue(TestAuthority.Root(domain), new LeafRequest { Service = "web" });
        return With(json, _ => leaf.ChainPem, _ => leaf.KeyPem);
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportECPrivateKeyPem();
    }
}
