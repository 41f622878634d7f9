using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Identity;

public sealed partial class IdentityKeeperTests
{
    public static TheoryData<string> Unusable =>
        ["another key", "expired", "another domain", "another authority", "no intermediate", "for clients only", "an authority", "no roots", "half a root", "no key", "no identity", "too long", "far too long"];

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task Material_of_no_use_is_refused_and_the_last_good_stays(string what)
    {
        var good = _authority.Issue("web");
        await SaidAsync(good);
        var before = _keeper.Current;
        var now = _time.GetUtcNow();
        var bad = what switch
        {
            "another key" => Material(_authority.Issue("web") with { KeyPem = good.KeyPem }),
            "expired" => Material(_authority.Issue(new LeafRequest { NotBefore = now.AddHours(-2), NotAfter = now })),
            "another domain" => Material(_authority.Issue(new LeafRequest { TrustDomain = "other.consul" })),
            "another authority" => Material(TestAuthority.Root(time: _time).Issue("web")),
            "no intermediate" => Material(_authority.Intermediate().Issue("web").With()),
            "for clients only" => Material(_authority.Issue(new LeafRequest { Usages = [LeafRequest.ClientAuthentication] })),
            "an authority" => Material(_authority.Issue(new LeafRequest { IsAuthority = true })),
            "no roots" => Material(good) with { Roots = [] },
            "half a root" => Material(good) with { Roots = [_authority.Pem[..200]] },
            "too long" => Material(_authority.Issue(new LeafRequest { Ballast = 65 << 10 })),
            "far too long" => Material(_authority.Issue(new LeafRequest { Ballast = 1 << 20 })),
            "no key" => Material(good) with { PrivateKey = null },
            _ => Material(_authority.Issue(new LeafRequest { Uris = [], DnsNames = ["web"] })),
        };
        _source.Say(bad);
        await Eventually.True(() => _keeper.Trouble is not null);
        Assert.Same(before, _keeper.Current);
        Assert.StartsWith("What the source delivered cannot be used: ", _keeper.Trouble, StringComparison.Ordinal);
        Assert.Contains("valid until 2000-01-04", Text(Trouble), StringComparison.Ordinal);
        Assert.Equal(["error.type=System.Security.Cryptography.CryptographicException 1"], _measurements.Take("mesh.identity.errors"));
        Assert.All(_log.Entries, e => Assert.False(Secrets.In(e.Text, good.KeyPem) || Secrets.In(e.Text, bad.PrivateKey ?? "")));

        _source.Say(good, _authority);
        await Eventually.True(() => _keeper.Trouble is null);
        Assert.Single(_changes);
    }

    [Fact]
    public async Task Roots_of_another_domain_without_their_leaf_are_refused()
    {
        await SaidAsync(_authority.Issue("web"));
        var other = TestAuthority.Root("other.consul", _time);
        _source.Say(new IdentityMaterial(other.TrustDomain, [other.Pem], null, null));
        await Eventually.True(() => _keeper.Trouble is not null);
        Assert.Equal(_authority.TrustDomain, _keeper.Current.Bundle!.TrustDomain);

        await SaidAsync(other.Issue("web"), [other]);
        Assert.Equal(("other.consul", "other.consul"), (_keeper.Current.Bundle!.TrustDomain, _keeper.Current.Leaf!.Id.TrustDomain));
    }

    [Fact]
    public async Task A_leaf_that_is_not_valid_yet_by_a_clock_that_is_behind_is_used()
    {
        var authority = TestAuthority.Root(time: _time, notBefore: _time.GetUtcNow().AddSeconds(90));
        await SaidAsync(authority.Issue(new LeafRequest { NotBefore = _time.GetUtcNow().AddSeconds(30) }), [authority]);
        Assert.NotNull(_keeper.Current.Leaf);
    }
}
