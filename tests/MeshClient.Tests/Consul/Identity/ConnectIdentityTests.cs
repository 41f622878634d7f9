using MeshClient.Consul.Api;
using MeshClient.Consul.Identity;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Identity;

namespace MeshClient.Tests.Consul.Identity;

public sealed class ConnectIdentityTests
{
    private readonly TestAuthority _authority = TestAuthority.Root();
    private readonly ConnectIdentity _identity = new("web");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_is_delivered_until_there_are_roots_and_leaf(bool rootsFirst)
    {
        var leaf = _authority.Issue("web");
        Assert.Empty(rootsFirst ? _identity.Roots(Roots(_authority)) : _identity.Leaf(Leaf(leaf)));
        var material = Material(rootsFirst ? _identity.Leaf(Leaf(leaf)) : _identity.Roots(Roots(_authority)));
        Assert.Equal((_authority.TrustDomain, leaf.ChainPem, leaf.KeyPem), (material.TrustDomain, material.Certificates, material.PrivateKey));
        Assert.Empty(_identity.Leaf(Leaf(leaf)));
        Assert.Empty(_identity.Roots(Roots(_authority)));
    }

    [Fact]
    public void Every_root_counts_and_each_change_is_delivered_whole()
    {
        Deliver(_authority.Issue("web"));
        var other = TestAuthority.Root();
        Assert.Equal(2, Material(_identity.Roots(Roots(_authority, other))).Roots.Count);
        var renewed = other.Issue("web").With(_authority.CrossSign(other));
        var material = Material(_identity.Leaf(Leaf(renewed)));
        Assert.Equal((2, renewed.ChainPem), (material.Roots.Count, material.Certificates));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_rebuild_both_halves_are_waited_for(bool rootsFirst)
    {
        Deliver(_authority.Issue("web"));
        var rebuilt = TestAuthority.Root("rebuilt.consul");
        var leaf = rebuilt.Issue("web");
        var fault = Fault(rootsFirst ? _identity.Roots(Roots(rebuilt)) : _identity.Leaf(Leaf(leaf)));
        Assert.Contains("it was rebuilt, and the other half is waited for", fault.Reason, StringComparison.Ordinal);
        var material = Material(rootsFirst ? _identity.Leaf(Leaf(leaf)) : _identity.Roots(Roots(rebuilt)));
        Assert.Equal(("rebuilt.consul", leaf.ChainPem), (material.TrustDomain, material.Certificates));
    }

    [Fact]
    public void The_end_of_a_fault_is_told_by_what_is_in_force()
    {
        var leaf = _authority.Issue("web");
        Deliver(leaf);
        Assert.Equal("500", Fault(_identity.RootsFailed("away", null, "500")).ErrorType);
        Fault(_identity.LeafFailed("away too"));
        Assert.Empty(_identity.Roots(Roots(_authority)));
        Assert.Equal(leaf.ChainPem, Material(_identity.Leaf(Leaf(leaf))).Certificates);
        Assert.Empty(_identity.Leaf(Leaf(leaf)));
    }

    [Fact]
    public void A_change_of_one_half_is_delivered_while_the_other_fails()
    {
        Deliver(_authority.Issue("web"));
        Fault(_identity.RootsFailed("The roots are away."));
        var updates = _identity.Leaf(Leaf(_authority.Issue("web"))).ToArray();
        Assert.IsType<IdentityUpdate.Material>(updates[0]);
        Assert.Equal("The roots are away.", Assert.IsType<IdentityUpdate.Fault>(updates[1]).Reason);
        Assert.Single(_identity.Roots(Roots(_authority)));
    }

    public static TheoryData<string> Useless => ["no certificate", "no key", "half a certificate", "no identity", "another service"];

    [Theory]
    [MemberData(nameof(Useless))]
    public void A_leaf_of_no_use_is_a_fault_and_shows_no_key(string what)
    {
        var good = _authority.Issue("web");
        Deliver(good);
        var bad = what switch
        {
            "no certificate" => Leaf(good) with { CertPEM = "" },
            "no key" => Leaf(good) with { PrivateKeyPEM = null },
            "half a certificate" => Leaf(good) with { CertPEM = good.CertificatePem[..200] },
            "no identity" => Leaf(_authority.Issue(new LeafRequest { Uris = [], DnsNames = ["web"] })),
            _ => Leaf(_authority.Issue("api")),
        };
        var fault = Fault(_identity.Leaf(bad));
        Assert.Contains("web", fault.Reason, StringComparison.Ordinal);
        Assert.False(Secrets.In(fault.ToString() + bad, good.KeyPem));
        Assert.Equal(good.ChainPem, Material(_identity.Leaf(Leaf(good))).Certificates);
    }

    [Fact]
    public void Roots_of_no_use_are_a_fault()
    {
        Fault(_identity.Roots(new ConnectRoots(null, null)));
        Fault(_identity.Roots(new ConnectRoots("a.consul", [])));
        Fault(_identity.Roots(new ConnectRoots("a.consul", [null, new ConnectRoot(null)])));
        Fault(_identity.Roots(new ConnectRoots("A/b", [new ConnectRoot(_authority.Pem)])));
    }

    private void Deliver(TestLeaf leaf)
    {
        Assert.Empty(_identity.Roots(Roots(_authority)));
        Material(_identity.Leaf(Leaf(leaf)));
    }

    private static ConnectRoots Roots(params TestAuthority[] roots) => new(roots[0].TrustDomain, [.. roots.Select(r => new ConnectRoot(r.Pem))]);

    private static ConnectLeaf Leaf(TestLeaf leaf) => new(leaf.ChainPem, leaf.KeyPem);

    private static IdentityMaterial Material(IEnumerable<IdentityUpdate> updates) => Assert.IsType<IdentityUpdate.Material>(Assert.Single(updates.ToArray())).Value;

    private static IdentityUpdate.Fault Fault(IEnumerable<IdentityUpdate> updates) => Assert.IsType<IdentityUpdate.Fault>(Assert.Single(updates.ToArray()));
}
