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
    public void Nobody_is_trusted_by_mistake()
    {
        var leaf = _one.SelfSigned(new LeafRequest());
        Refused("a", []);
        Refused("a", [""]);
        Refused("a", [_one.Pem, "# nothing"]);
        Refused("a", [_one.Pem + _two.Pem[..300]]);
        Refused("a", [leaf.CertificatePem]);
        Refused("a", [_one.Intermediate().Pem]);
        Refused("a", [leaf.KeyPem]);
        Refused("A.consul", [_one.Pem]);
        Refused("", [_one.Pem]);
    }

    private static void Refused(string trustDomain, string[] pems) => Assert.Throws<CryptographicException>(() => TrustBundle.FromPem(trustDomain, pems));
}
