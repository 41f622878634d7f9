using System.Security.Cryptography;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.Tests.Identity;

public sealed class TrustBundleTests
{
    private readonly TestAuthority _one = TestAuthority.Root();
    private readonly TestAuthority _two = TestAuthority.Root();

    [Fact]
    public void Every_root_of_every_text_is_trusted_once()
    {
        var bundle = TrustBundle.FromPem("a.consul", [_one.Pem + _two.Pem, _one.Pem]);
        Assert.Equal([_one.Certificate.Thumbprint, _two.Certificate.Thumbprint], bundle.Roots.Select(r => r.Thumbprint));
    }

    [Fact]
    public void Bundles_are_equal_by_what_they_hold()
    {
        Assert.Equal(TrustBundle.FromPem("a", [_one.Pem, _two.Pem]), TrustBundle.FromPem("a", [_one.Pem + _two.Pem]));
        Assert.NotEqual(TrustBundle.FromPem("a", [_one.Pem]), TrustBundle.FromPem("b", [_one.Pem]));
        Assert.NotEqual(TrustBundle.FromPem("a", [_one.Pem]), TrustBundle.FromPem("a", [_two.Pem]));
    }

    [Fact]
    public void An_intermediate_among_the_roots_is_kept_apart_and_spoils_nothing()
    {
        var intermediate = _one.Intermediate();
        var bundle = TrustBundle.FromPem("a.consul", [_one.Pem + intermediate.Pem, _two.Pem]);
        Assert.Equal([_one.Certificate.Thumbprint, _two.Certificate.Thumbprint], bundle.Roots.Select(r => r.Thumbprint));
        Assert.Equal([intermediate.Certificate.Thumbprint], bundle.Intermediates.Select(r => r.Thumbprint));
        Assert.NotEqual(TrustBundle.FromPem("a.consul", [_one.Pem, _two.Pem]), bundle);
    }

    [Fact]
    public void Nobody_is_trusted_by_mistake()
    {
        var leaf = _one.SelfSigned(new LeafRequest());
        Refused("a", []);
        Refused("a", [""]);
        Refused("a", [_one.Pem, "# nothing"]);
        Refused("a", [_one.Pem + _two.Pem[..300]]);
        Refused("a", [leaf.CertificatePem]);
        Refused("a", [_one.Intermediate().Pem]);
        Refused("a", [_one.Pem, leaf.CertificatePem]);
        Refused("a", [leaf.KeyPem]);
        Refused("A.consul", [_one.Pem]);
        Refused("", [_one.Pem]);
    }

    private static void Refused(string trustDomain, string[] pems) => Assert.Throws<CryptographicException>(() => TrustBundle.FromPem(trustDomain, pems));
}
