using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshClient.DevRegistry.Tests.Kit;

namespace MeshClient.DevRegistry.Tests.Parity;

public abstract partial class ParityScenarios
{
    private const X509KeyUsageFlags AuthorityUsage =
        X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;

    private const X509KeyUsageFlags LeafUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment
        | X509KeyUsageFlags.DataEncipherment | X509KeyUsageFlags.KeyAgreement;

    [Fact]
    public async Task Roots_have_the_same_shape()
    {
        var answer = await RootsAsync();
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.ContentType));
        Assert.True(answer.Index > 0);
        Assert.Equal(
            ("false", "0", null),
            (answer.Header("X-Consul-Knownleader"), answer.Header("X-Consul-Lastcontact"), answer.Header("X-Consul-Effective-Consistency")));
        Assert.Equal(["ActiveRootID", "Roots", "TrustDomain"], Names(answer.Json));
        var root = ActiveRoot(answer.Json);
        Assert.Equal(
            [
                "Active", "CreateIndex", "ExternalTrustDomain", "ID", "IntermediateCerts", "ModifyIndex", "Name", "NotAfter", "NotBefore",
                "PrivateKeyBits", "PrivateKeyType", "RootCert", "SerialNumber", "SigningKeyID",
            ],
            Names(root));
        Assert.Equal("""{"Name":"Consul CA Root Cert","PrivateKeyType":"ec"}""", Pick(root, "Name", "PrivateKeyType"));
        Assert.Equal("""{"Active":true,"PrivateKeyBits":256}""", Pick(root, "Active", "PrivateKeyBits"));
        var trustDomain = Text(answer.Json, "TrustDomain");
        Assert.EndsWith(".consul", trustDomain, StringComparison.Ordinal);
        Assert.True(Guid.TryParse(trustDomain[..^".consul".Length], out _));
        Assert.Equal(trustDomain, Text(root, "ExternalTrustDomain") + ".consul");
    }

    [Fact]
    public async Task A_root_is_the_same_kind_of_certificate()
    {
        var roots = (await RootsAsync()).Json;
        var root = ActiveRoot(roots);
        using var certificate = IssuedCertificates.First(root, "RootCert");
        Assert.Matches($"^CN=pri-[0-9a-z]+\\.consul\\.ca\\.{Text(roots, "TrustDomain")[..8]}\\.consul$", certificate.Subject);
        Assert.Equal(certificate.Subject, certificate.Issuer);
        Assert.Equal(AuthorityUsage, IssuedCertificates.Usage(certificate));
        Assert.True(IssuedCertificates.IsAuthority(certificate));
        Assert.Equal([(6, $"spiffe://{Text(roots, "TrustDomain")}")], IssuedCertificates.AlternativeNames(certificate));
        Assert.Equal("1.2.840.10045.4.3.2", certificate.SignatureAlgorithm.Value);
        Assert.Equal(ECCurve.NamedCurves.nistP256.Oid.Value, certificate.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        Assert.Equal(Text(root, "ID"), IssuedCertificates.Hex(certificate.GetCertHash(HashAlgorithmName.SHA1)));
        Assert.Equal(Text(root, "SigningKeyID"), IssuedCertificates.KeyId(certificate));
        Assert.Equal(IssuedCertificates.KeyId(certificate), IssuedCertificates.SubjectKeyId(certificate));
        Assert.Equal(IssuedCertificates.KeyId(certificate), IssuedCertificates.AuthorityKeyId(certificate));
        Assert.Equal(certificate.NotBefore.ToUniversalTime(), root.GetProperty("NotBefore").GetDateTimeOffset().UtcDateTime);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), root.GetProperty("NotAfter").GetDateTimeOffset().UtcDateTime);
        Assert.InRange((certificate.NotAfter - certificate.NotBefore).TotalDays, 3650, 3654);
        Assert.EndsWith("-----END CERTIFICATE-----\n", Text(root, "RootCert"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_answer_the_same_roots_and_as_a_pem_file_too()
    {
        var agent = await RootsAsync();
        var servers = await client.GetAsync("/v1/connect/ca/roots");
        Assert.Equal(Compact(agent.Json), Compact(servers.Json));
        Assert.Equal(agent.Index, servers.Index);
        var pem = await client.GetAsync("/v1/connect/ca/roots?pem=true");
        Assert.Equal("application/pem-certificate-chain", pem.ContentType);
        Assert.Contains(Text(ActiveRoot(agent.Json), "RootCert"), pem.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leaf_has_the_same_shape()
    {
        var roots = (await RootsAsync()).Json;
        var answer = await LeafAsync(name);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.ContentType));
        Assert.Null(answer.Header("X-Consul-Knownleader"));
        var leaf = answer.Json;
        Assert.Equal(
            [
                "CertPEM", "CreateIndex", "ModifyIndex", "PrivateKeyPEM", "SerialNumber", "Service", "ServiceURI", "ValidAfter", "ValidBefore",
            ],
            Names(leaf));
        Assert.Equal(answer.Index, leaf.GetProperty("ModifyIndex").GetUInt64());
        Assert.Equal(
            (name, $"spiffe://{Text(roots, "TrustDomain")}/ns/default/dc/dc1/svc/{name}"), (Text(leaf, "Service"), Text(leaf, "ServiceURI")));
        Assert.StartsWith("-----BEGIN EC PRIVATE KEY-----\n", Text(leaf, "PrivateKeyPEM"), StringComparison.Ordinal);
        Assert.EndsWith("-----END EC PRIVATE KEY-----\n", Text(leaf, "PrivateKeyPEM"), StringComparison.Ordinal);
        Assert.EndsWith("-----END CERTIFICATE-----\n", Text(leaf, "CertPEM"), StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{2}(:[0-9a-f]{2})*$", Text(leaf, "SerialNumber"));
    }

    [Fact]
    public async Task A_leaf_is_the_same_kind_of_certificate()
    {
        var leaf = (await LeafAsync(name)).Json;
        var root = ActiveRoot((await RootsAsync()).Json);
        using var authority = IssuedCertificates.First(root, "RootCert");
        var sent = IssuedCertificates.Read(Text(leaf, "CertPEM"));
        var certificate = sent[0];
        Assert.Matches("^CN=svc[0-9a-f]+\\.svc\\.default\\.[0-9a-f]{8}\\.consul$", certificate.Subject);
        Assert.Equal(authority.Subject, certificate.Issuer);
        Assert.Equal(LeafUsage, IssuedCertificates.Usage(certificate));
        Assert.False(IssuedCertificates.IsAuthority(certificate));
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"],
            certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.OfType<Oid>().Select(static oid => oid.Value));
        Assert.Equal([(6, Text(leaf, "ServiceURI"))], IssuedCertificates.AlternativeNames(certificate));
        Assert.Equal(Text(leaf, "SerialNumber"), IssuedCertificates.Hex(Convert.FromHexString(certificate.SerialNumber)));
        Assert.Equal(IssuedCertificates.KeyId(certificate), IssuedCertificates.SubjectKeyId(certificate));
        Assert.Equal(IssuedCertificates.KeyId(authority), IssuedCertificates.AuthorityKeyId(certificate));
        Assert.Equal(certificate.NotBefore.ToUniversalTime(), leaf.GetProperty("ValidAfter").GetDateTimeOffset().UtcDateTime);
        Assert.Equal(certificate.NotAfter.ToUniversalTime(), leaf.GetProperty("ValidBefore").GetDateTimeOffset().UtcDateTime);
        Assert.Equal(TimeSpan.FromHours(72), certificate.NotAfter - certificate.NotBefore);
        Assert.True(IssuedCertificates.LeadsTo(sent, authority));
        using var key = ECDsa.Create();
        key.ImportFromPem(Text(leaf, "PrivateKeyPEM"));
        using var paired = certificate.CopyWithPrivateKey(key);
        Assert.True(paired.HasPrivateKey);
    }

    [Fact]
    public async Task A_leaf_stays_the_same_until_it_is_due()
    {
        var first = await LeafAsync(name);
        var again = await LeafAsync(name);
        var waited = await LeafAsync($"{name}?index={first.Index}&wait=10ms");
        Assert.Equal(Compact(first.Json), Compact(again.Json));
        Assert.Equal(Compact(first.Json), Compact(waited.Json));
        Assert.Equal(first.Index, waited.Index);
        Assert.NotEqual(Text(first.Json, "SerialNumber"), Text((await LeafAsync($"{name}-b")).Json, "SerialNumber"));
    }

    [Theory]
    [InlineData("", 500, "URI must be either service or agent")]
    [InlineData("web?wait=10", 400, "Invalid wait time")]
    [InlineData("web?dc=elsewhere", 500, "No path to datacenter")]
    public async Task Leaves_are_refused_in_the_same_words(string path, int status, string expected)
    {
        var answer = await LeafAsync(path);
        Assert.Equal((status, expected), ((int)answer.Status, answer.Text));
    }

    [Fact]
    public async Task Odd_names_are_escaped_or_refused_alike()
    {
        var odd = await LeafAsync("A_b.c%20d");
        Assert.Equal("A_b.c d", Text(odd.Json, "Service"));
        Assert.EndsWith("/svc/A_b.c%20d", Text(odd.Json, "ServiceURI"), StringComparison.Ordinal);
        Assert.Equal([(6, Text(odd.Json, "ServiceURI"))], IssuedCertificates.AlternativeNames(IssuedCertificates.First(odd.Json, "CertPEM")));
        var slash = await LeafAsync("a/b");
        Assert.Equal(HttpStatusCode.InternalServerError, slash.Status);
        Assert.Matches("^SPIFFE ID is not in the expected format: spiffe://.*/svc/a/b$", slash.Text);
    }

    [Fact]
    public async Task A_new_key_rotates_the_root_and_those_who_wait_get_both()
    {
        var before = await RootsAsync();
        var old = Text(before.Json, "ActiveRootID");
        var waiting = client.GetAsync($"/v1/agent/connect/ca/roots?index={before.Index}&wait=5m");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal((HttpStatusCode.OK, ""), await ConfigureAsync(key.ExportECPrivateKeyPem()));

        var after = await waiting;
        Assert.True(after.Index > before.Index);
        Assert.Equal(Text(before.Json, "TrustDomain"), Text(after.Json, "TrustDomain"));
        Assert.Equal(before.Json.GetProperty("Roots").GetArrayLength() + 1, after.Json.GetProperty("Roots").GetArrayLength());
        var oldRoot = after.Json.GetProperty("Roots").EnumerateArray().Single(root => Text(root, "ID") == old);
        Assert.False(oldRoot.GetProperty("Active").GetBoolean());
        Assert.InRange(oldRoot.GetProperty("ModifyIndex").GetUInt64(), before.Index + 1, after.Index);
        var newRoot = ActiveRoot(after.Json);
        Assert.NotEqual(old, Text(newRoot, "ID"));
        using var newCertificate = IssuedCertificates.First(newRoot, "RootCert");
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), newCertificate.PublicKey.ExportSubjectPublicKeyInfo());
        AssertCrossSigned(newRoot.GetProperty("IntermediateCerts"), newCertificate, oldRoot);

        // A service that was never asked for gets its leaf from the new root at once, on an agent too.
        var sent = IssuedCertificates.Read(Text((await LeafAsync($"{name}-new")).Json, "CertPEM"));
        Assert.Equal(2, sent.Count);
        Assert.True(IssuedCertificates.LeadsTo(sent, newCertificate));
        Assert.True(IssuedCertificates.LeadsTo(sent, IssuedCertificates.First(oldRoot, "RootCert")));
    }

    [Fact]
    public async Task The_same_key_again_rotates_nothing_and_none_after_one_rotates_again()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await ConfigureAsync(key.ExportECPrivateKeyPem());
        var first = Text((await RootsAsync()).Json, "ActiveRootID");
        Assert.Equal((HttpStatusCode.OK, ""), await ConfigureAsync(key.ExportECPrivateKeyPem()));
        Assert.Equal(first, Text((await RootsAsync()).Json, "ActiveRootID"));
        Assert.Equal((HttpStatusCode.OK, ""), await ConfigureAsync(""));
        Assert.NotEqual(first, Text((await RootsAsync()).Json, "ActiveRootID"));
        var again = (await RootsAsync()).Text;
        await ConfigureAsync("");
        Assert.Equal(again, (await RootsAsync()).Text);
    }

    [Fact]
    public async Task The_life_of_new_leaves_is_a_setting_with_a_default()
    {
        await client.PutAsync("/v1/connect/ca/configuration", """{"Provider":"consul","Config":{"LeafCertTTL":"5h"}}""");
        Assert.Equal(TimeSpan.FromHours(5), await LifeOfLeafAsync($"{name}-5h"));
        await client.PutAsync("/v1/connect/ca/configuration", """{"Provider":"consul","Config":{}}""");
        Assert.Equal(TimeSpan.FromHours(72), await LifeOfLeafAsync($"{name}-72h"));
    }

    [Fact]
    public async Task Settings_of_the_authority_have_the_same_shape()
    {
        var answer = await client.GetAsync("/v1/connect/ca/configuration");
        Assert.Equal(
            ["Config", "CreateIndex", "ForceWithoutCrossSigning", "ModifyIndex", "Provider", "State"], Names(answer.Json));
        Assert.Equal("""{"Provider":"consul"}""", Pick(answer.Json, "Provider"));
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("State").ValueKind);
    }

    [Theory]
    [InlineData("""{"Provider":"nope","Config":{}}""", 500, "could not initialize provider: unknown CA provider \"nope\"")]
    [InlineData(
        """{"Provider":"consul","Config":{"LeafCertTTL":"1s"}}""",
        500,
        "error configuring provider: leaf cert TTL must be greater or equal than 1h0m0s")]
    [InlineData(
        """{"Provider":"consul","Config":{"LeafCertTTL":"bogus"}}""",
        500,
        "error configuring provider: error decoding config: 1 error(s) decoding:\n\n* error decoding 'LeafCertTTL': time: invalid duration \"bogus\"")]
    [InlineData(
        """{"Provider":"consul","Config":{"PrivateKey":"junk"}}""",
        500,
        "error generating CA root certificate: error generating CA: error parsing private key")]
    [InlineData("{bad", 400, "Bad request: Request decode failed: ")]
    public async Task Bad_settings_of_the_authority_are_refused_in_the_same_words(string body, int status, string expected)
    {
        var before = (await RootsAsync()).Text;
        var answer = await client.PutAsync("/v1/connect/ca/configuration", body);
        Assert.Equal(status, (int)answer.Status);
        Assert.StartsWith(expected, answer.Text, StringComparison.Ordinal);
        Assert.Equal(before, (await RootsAsync()).Text);
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private static JsonElement ActiveRoot(JsonElement roots)
    {
        var active = roots.GetProperty("Roots").EnumerateArray().Single(static root => root.GetProperty("Active").GetBoolean());
        Assert.Equal(Text(roots, "ActiveRootID"), Text(active, "ID"));
        return active;
    }

    private static void AssertCrossSigned(JsonElement intermediates, X509Certificate2 newRoot, JsonElement oldRoot)
    {
        using var cross = IssuedCertificates.Read(Assert.Single(intermediates.EnumerateArray()).GetString()!).Single();
        using var old = IssuedCertificates.First(oldRoot, "RootCert");
        Assert.Equal((newRoot.Subject, old.Subject), (cross.Subject, cross.Issuer));
        Assert.Equal(newRoot.PublicKey.ExportSubjectPublicKeyInfo(), cross.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(IssuedCertificates.AlternativeNames(newRoot), IssuedCertificates.AlternativeNames(cross));
        Assert.Equal(AuthorityUsage, IssuedCertificates.Usage(cross));
        Assert.True(IssuedCertificates.IsAuthority(cross));
        Assert.Equal(IssuedCertificates.KeyId(newRoot), IssuedCertificates.SubjectKeyId(cross));
        Assert.Equal(IssuedCertificates.KeyId(old), IssuedCertificates.AuthorityKeyId(cross));
        Assert.Equal(TimeSpan.FromDays(7), cross.NotAfter - cross.NotBefore);
    }

    private Task<Answer> RootsAsync() => client.GetAsync("/v1/agent/connect/ca/roots");

    private Task<Answer> LeafAsync(string path) => client.GetAsync($"/v1/agent/connect/ca/leaf/{path}");

    private async Task<TimeSpan> LifeOfLeafAsync(string service)
    {
        var leaf = (await LeafAsync(service)).Json;
        return leaf.GetProperty("ValidBefore").GetDateTimeOffset() - leaf.GetProperty("ValidAfter").GetDateTimeOffset();
    }

    private async Task<(HttpStatusCode, string)> ConfigureAsync(string privateKey)
    {
        var config = new Dictionary<string, string> { ["PrivateKey"] = privateKey, ["RootCert"] = "", ["LeafCertTTL"] = "72h" };
        var answer = await client.PutAsync(
            "/v1/connect/ca/configuration", $$"""{"Provider":"consul","Config":{{JsonSerializer.Serialize(config)}}}""");
        return (answer.Status, answer.Text);
    }
}
