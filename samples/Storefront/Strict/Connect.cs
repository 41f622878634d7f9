using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Storefront.Strict;

/// <summary>A root of the CA.</summary>
/// <param name="ID">Its fingerprint.</param>
/// <param name="SigningKeyID">The key that it signs certificates with.</param>
/// <param name="Active">Whether it is the one that signs now.</param>
internal sealed record Root(string ID, string SigningKeyID, bool Active)
{
    /// <summary>Enough of the fingerprint to tell one from another.</summary>
    public string Name => ID[..11];

    /// <summary>Whether it has signed the certificate whose authority this is.</summary>
    public bool Signed(string? authority) => SigningKeyID.Replace(":", "", StringComparison.Ordinal) == authority;
}

/// <summary>The part of Consul's API that is about certificates and intentions, as an operator uses it.</summary>
internal sealed class Connect(HttpClient registry)
{
    /// <summary>Whether this is an agent for development (<c>consul agent -dev</c>), whose CA one may play with.</summary>
    public async Task<bool> IsForDevelopmentAsync(CancellationToken cancellationToken)
    {
        var self = await registry.GetFromJsonAsync<JsonElement>("/v1/agent/self", cancellationToken);
        return self.TryGetProperty("DebugConfig", out var config) && config.TryGetProperty("DevMode", out var mode) && mode.ValueKind == JsonValueKind.True;
    }

    /// <summary>The trust domain and the root that signs now.</summary>
    public async Task<(string TrustDomain, Root Root)> RootAsync(CancellationToken cancellationToken)
    {
        var answer = (await registry.GetFromJsonAsync<RootsAnswer>("/v1/agent/connect/ca/roots", cancellationToken))!;
        return (answer.TrustDomain, answer.Roots.Single(r => r.Active));
    }

    /// <summary>Has the CA issue a certificate of a service, as any process may that the registry trusts with the service's name.</summary>
    public async Task<X509Certificate2> CertificateAsync(string service, CancellationToken cancellationToken)
    {
        var leaf = (await registry.GetFromJsonAsync<LeafAnswer>($"/v1/agent/connect/ca/leaf/{service}", cancellationToken))!;
        using var certificate = X509Certificate2.CreateFromPem(leaf.CertPEM, leaf.PrivateKeyPEM);
        // The TLS of some systems takes no key that is in memory alone.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Puts a new root in charge, with a key made here.</summary>
    public async Task ReplaceRootAsync(CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var configuration = new { Provider = "consul", Config = new { PrivateKey = key.ExportECPrivateKeyPem(), LeafCertTTL = "72h", IntermediateCertTTL = "8760h", RotationPeriod = "2160h" } };
        await EnsureAsync(await registry.PutAsJsonAsync("/v1/connect/ca/configuration", configuration, Names, cancellationToken));
    }

    /// <summary>Says whether a service may call another, in place of what was said before.</summary>
    public async Task SetIntentionAsync(string source, string destination, string action, CancellationToken cancellationToken)
    {
        var intention = new { SourceName = source, DestinationName = destination, SourceType = "consul", Action = action };
        var id = await FindAsync(source, destination, cancellationToken);
        await EnsureAsync(id is null
            ? await registry.PostAsJsonAsync("/v1/connect/intentions", intention, Names, cancellationToken)
            : await registry.PutAsJsonAsync($"/v1/connect/intentions/{id}", intention, Names, cancellationToken));
    }

    /// <summary>Takes an intention away.</summary>
    public async Task RemoveIntentionAsync(string source, string destination, CancellationToken cancellationToken)
    {
        if (await FindAsync(source, destination, cancellationToken) is { } id)
            (await registry.DeleteAsync($"/v1/connect/intentions/{id}", cancellationToken)).Dispose();
    }

    // Consul's names are written as they stand.
    private static JsonSerializerOptions Names { get; } = new();

    private async Task<string?> FindAsync(string source, string destination, CancellationToken cancellationToken)
    {
        var all = await registry.GetFromJsonAsync<IntentionAnswer[]>("/v1/connect/intentions", cancellationToken);
        return all!.FirstOrDefault(i => i.SourceName == source && i.DestinationName == destination)?.ID;
    }

    private static async Task EnsureAsync(HttpResponseMessage response)
    {
        using (response)
        {
            if (response.StatusCode != HttpStatusCode.OK)
                throw new InvalidOperationException($"{response.RequestMessage!.RequestUri} was answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    private sealed record RootsAnswer(string TrustDomain, Root[] Roots);

    private sealed record LeafAnswer(string CertPEM, string PrivateKeyPEM);

    private sealed record IntentionAnswer(string ID, string SourceName, string DestinationName);
}
