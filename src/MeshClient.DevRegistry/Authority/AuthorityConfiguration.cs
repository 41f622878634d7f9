using System.Security.Cryptography;
using System.Text.Json;
using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Authority;

/// <summary>
/// The settings that <c>/v1/connect/ca/configuration</c> reads and writes. A private key goes in and never comes out: an agent
/// of Consul would show it.
/// </summary>
internal sealed class AuthorityConfiguration
{
    private const string PrivateKey = "PrivateKey", LeafTtl = "LeafCertTTL";

    private static readonly TimeSpan ShortestLeaf = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly CertificateAuthority authority;
    private readonly TimeSpan defaultLifetime;
    private string keyInUse = "";
    private SortedDictionary<string, JsonElement> config;

    public AuthorityConfiguration(CertificateAuthority authority)
    {
        this.authority = authority;
        defaultLifetime = authority.LeafLifetime;
        config = new(StringComparer.Ordinal)
        {
            ["IntermediateCertTTL"] = Text("8760h"),
            [LeafTtl] = Text(GoDuration.Format(authority.LeafLifetime)),
            ["RotationPeriod"] = Text("2160h"),
        };
    }

    public IReadOnlyDictionary<string, JsonElement> Read()
    {
        lock (gate)
        {
            return config;
        }
    }

    /// <summary>Takes new settings. Another private key than before, or none after one, puts a new root in charge.</summary>
    /// <returns>What is wrong with them, in Consul's words; null when they are in force.</returns>
    public string? Write(IReadOnlyDictionary<string, JsonElement> given)
    {
        lock (gate)
        {
            if (String(given, "RootCert").Length > 0)
            {
                return "RootCert is not supported by the dev registry: it signs its roots itself";
            }
            var (lifetime, problem) = LeafLifetime(given);
            if (problem is not null)
            {
                return problem;
            }
            var pem = String(given, PrivateKey);
            var key = pem == keyInUse ? null : pem.Length > 0 ? Import(pem) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
            if (key is null && pem != keyInUse)
            {
                return "error generating CA root certificate: error generating CA: error parsing private key: "
                    + "expected an EC key on the curve P-256 in PEM";
            }
            authority.LeafLifetime = lifetime;
            config = new(given.Where(static pair => pair.Key != PrivateKey).ToDictionary(), StringComparer.Ordinal);
            keyInUse = pem;
            if (key is not null)
            {
                authority.Rotate(key);
            }
            return null;
        }
    }

    private static string String(IReadOnlyDictionary<string, JsonElement> given, string name) =>
        given.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private (TimeSpan Lifetime, string? Problem) LeafLifetime(IReadOnlyDictionary<string, JsonElement> given)
    {
        var text = String(given, LeafTtl);
        if (text.Length == 0)
        {
            return (defaultLifetime, null);
        }
        if (!GoDuration.TryParse(text, out var lifetime))
        {
            return (default, "error configuring provider: error decoding config: 1 error(s) decoding:\n\n"
                + $"* error decoding '{LeafTtl}': time: invalid duration \"{text}\"");
        }
        return lifetime < ShortestLeaf && lifetime != defaultLifetime
            ? (default, "error configuring provider: leaf cert TTL must be greater or equal than 1h0m0s")
            : (lifetime, null);
    }

    private static ECDsa? Import(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value)
            {
                return key;
            }
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            // Not a key, or not a private one: the caller says what was expected.
        }
        key.Dispose();
        return null;
    }

    private static JsonElement Text(string value) => JsonElement.Parse($"\"{value}\"");
}
