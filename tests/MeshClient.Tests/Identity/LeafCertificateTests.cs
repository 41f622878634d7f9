using System.Security.Cryptography;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.Tests.Identity;

public sealed class LeafCertificateTests
{
    private readonly TestAuthority _authority = TestAuthority.Root();

    [Fact]
    public void A_leaf_is_read_with_its_key_and_what_is_sent_beside_it()
    {
        var issued = _authority.Intermediate().Intermediate().Issue("web");
        var leaf = LeafCertificate.FromPem(issued.ChainPem, issued.KeyPem);
        Assert.Equal("web", leaf.Id.Service);
        Assert.True(leaf.Certificate.HasPrivateKey);
        Assert.Equal(issued.Certificate.Thumbprint, leaf.Context.TargetCertificate.Thumbprint);
        Assert.Equal(issued.Intermediates.Select(i => i.Thumbprint), leaf.Context.IntermediateCertificates.Select(i => i.Thumbprint));
    }

    [Fact]
    public void The_cross_signed_root_of_a_rotation_is_sent()
    {
        var renewed = TestAuthority.Root();
        var issued = renewed.Issue("web").With(_authority.CrossSign(renewed));
        var leaf = LeafCertificate.FromPem(issued.ChainPem, issued.KeyPem);
        Assert.Equal(issued.Intermediates[0].Thumbprint, Assert.Single(leaf.Context.IntermediateCertificates).Thumbprint);
    }

    [Fact]
    public void The_same_leaf_with_other_intermediates_is_presented_anew()
    {
        var renewed = TestAuthority.Root();
        var issued = renewed.Issue("web");
        var alone = LeafCertificate.FromPem(issued.ChainPem, issued.KeyPem);
        Assert.True(alone.IsSameAs(LeafCertificate.FromPem(issued.ChainPem, issued.KeyPem)));
        var crossed = issued.With(_authority.CrossSign(renewed));
        Assert.False(alone.IsSameAs(LeafCertificate.FromPem(crossed.ChainPem, crossed.KeyPem)));
        Assert.False(alone.IsSameAs(null));
    }

    [Fact]
    public void Pkcs8_keys_are_read_as_well()
    {
        var issued = _authority.Issue("web");
        using var key = ECDsa.Create();
        key.ImportFromPem(issued.KeyPem);
        Assert.Equal("web", LeafCertificate.FromPem(issued.CertificatePem, key.ExportPkcs8PrivateKeyPem()).Id.Service);
    }

    [Theory]
    [InlineData("the key of another")]
    [InlineData("no key")]
    [InlineData("half a key")]
    [InlineData("no certificate")]
    [InlineData("half a certificate")]
    [InlineData("half an intermediate")]
    [InlineData("no base64")]
    [InlineData("no DER")]
    [InlineData("no identity")]
    [InlineData("two identities")]
    public void What_cannot_be_used_is_refused_and_no_message_holds_a_key(string what)
    {
        var issued = _authority.Intermediate().Issue("web");
        var (chain, key) = (issued.ChainPem, issued.KeyPem);
        (chain, key) = what switch
        {
            "the key of another" => (chain, _authority.Issue("web").KeyPem),
            "no key" => (chain, ""),
            "half a key" => (chain, key[..(key.Length / 2)]),
            "no certificate" => (key, key),
            "half a certificate" => (issued.CertificatePem[..200], key),
            "half an intermediate" => (chain[..^100], key),
            "no base64" => (issued.CertificatePem.Replace("MII", "M*I", StringComparison.Ordinal), key),
            "no DER" => ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key),
            "no identity" => (_authority.Issue(new LeafRequest { Uris = [], DnsNames = ["web"] }).ChainPem, key),
            _ => (_authority.Issue(new LeafRequest { Uris = ["spiffe://a/ns/a/dc/a/svc/a", "spiffe://a/ns/a/dc/a/svc/b"] }).ChainPem, key),
        };
        var error = Assert.Throws<CryptographicException>(() => LeafCertificate.FromPem(chain, key));
        Assert.False(Secrets.In(error.ToString(), issued.KeyPem));
    }

    [Fact]
    public void What_is_written_of_a_leaf_is_its_identity_and_not_its_key()
    {
        var issued = _authority.Issue("web");
        var leaf = LeafCertificate.FromPem(issued.ChainPem, issued.KeyPem);
        var identity = new WorkloadIdentity(leaf, TrustBundle.FromPem(_authority.TrustDomain, [_authority.Pem]));
        var material = new IdentityMaterial(_authority.TrustDomain, [_authority.Pem], issued.ChainPem, issued.KeyPem);
        Assert.All([leaf.ToString(), identity.ToString(), material.ToString(), new IdentityUpdate.Material(material).ToString()],
            text => Assert.False(Secrets.In(text, issued.KeyPem)));
        Assert.Contains("/svc/web", leaf.ToString(), StringComparison.Ordinal);
    }
}
