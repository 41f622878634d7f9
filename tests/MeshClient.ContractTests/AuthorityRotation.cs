using System.Net.Http.Json;
using System.Security.Cryptography;

namespace MeshClient.ContractTests;

/// <summary>Puts another root in charge of a registry's CA, as an operator does.</summary>
internal static class AuthorityRotation
{
    public static async Task RotateAsync(Uri registry)
    {
        // A configuration with a key of its own is another root.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = new HttpClient { BaseAddress = registry };
        using var answer = await client.PutAsJsonAsync("v1/connect/ca/configuration", new
        {
            Provider = "consul",
            Config = new { PrivateKey = key.ExportECPrivateKeyPem(), RootCert = "", LeafCertTTL = "72h", IntermediateCertTTL = "8760h", RotationPeriod = "2160h" },
            ForceWithoutCrossSigning = false,
        });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
