using System.Security.Cryptography.X509Certificates;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.Tests.Identity;

public sealed class PeerVerifierTests
{
    private static readonly SpiffeId Web = SpiffeId.Of(TestAuthority.DefaultTrustDomain, "dc1", "web");
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly TestAuthority _authority = TestAuthority.Root();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_leaf_of_the_mesh_is_accepted_on_both_sides(bool server)
    {
        var found = Verify(_authority.Issue("web"), Web, role: server ? PeerRole.Server : PeerRole.Client);
        Assert.Equal((PeerVerdict.Accepted, Web, ""), (found.Verdict, found.Id, found.Detail));
        Assert.True(found.IsAccepted);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_peer_is_proved_until_the_first_certificate_of_its_chain_expires(int days)
    {
        // To the second, as certificates say it.
        var start = DateTimeOffset.FromUnixTimeSeconds(Now.ToUnixTimeSeconds());
        var leaf = _authority.Intermediate(start.AddDays(days)).Issue(new LeafRequest { Service = "web", NotAfter = start.AddDays(3) });
        Assert.Equal(start.AddDays(Math.Min(days, 3)), Verify(leaf, Web).NotAfter);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_certificates_of_one_authority_the_longer_one_counts(bool olderFirst)
    {
        var start = DateTimeOffset.FromUnixTimeSeconds(Now.ToUnixTimeSeconds());
        var intermediate = _authority.Intermediate(start.AddHours(1));
        var renewed = _authority.CrossSign(intermediate);
        var leaf = intermediate.Issue(new LeafRequest { Service = "web", NotAfter = start.AddDays(3) });
        X509Certificate2[] sent = olderFirst ? [intermediate.Certificate, renewed] : [renewed, intermediate.Certificate];

        Assert.Equal(start.AddDays(3), PeerVerifier.Verify(leaf.Presented, new X509Certificate2Collection(sent), Bundle(), PeerRole.Client, Web, Now).NotAfter);
    }

    [Fact]
    public void A_refused_peer_is_proved_until_never() => Assert.Null(Verify(_authority.Issue("api"), Web).NotAfter);

    [Fact]
    public void Where_nobody_is_expected_any_workload_of_the_trust_domain_is_accepted() =>
        Assert.Equal("api", Verify(_authority.Issue("api"), null).Id!.Service);

    [Fact]
    public void No_certificate() => Refused(PeerVerdict.NoCertificate, PeerVerifier.Verify(null, null, Bundle(), PeerRole.Client, null, Now));

    [Fact]
    public void No_trust_bundle_yet()
    {
        var leaf = _authority.Issue("web").Presented;
        Refused(PeerVerdict.NoTrustBundle, PeerVerifier.Verify(leaf, null, null, PeerRole.Client, null, Now));
        Refused(PeerVerdict.NoTrustBundle, PeerVerifier.Verify(leaf, null, Bundle() with { Roots = [] }, PeerRole.Client, null, Now));
    }

    [Fact]
    public void Self_signed() => Refused(PeerVerdict.UntrustedChain, Verify(_authority.SelfSigned(new LeafRequest()), Web));

    [Fact]
    public void Another_authority_of_the_same_trust_domain() => Refused(PeerVerdict.UntrustedChain, Verify(TestAuthority.Root().Issue("web"), Web));

    [Fact]
    public void An_authority_that_the_peer_brings_along_is_not_trusted()
    {
        var other = TestAuthority.Root();
        Refused(PeerVerdict.UntrustedChain, Verify(other.Issue("web").With(other.Certificate), Web));
    }

    [Fact]
    public void A_leaf_that_another_leaf_has_signed()
    {
        // A leaf's key, used as an authority's: its certificate says that it is none.
        using var key = System.Security.Cryptography.ECDsa.Create();
        var issuer = _authority.Issue("api");
        var request = new CertificateRequest("CN=web", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new(LeafRequest.ServerAuthentication)], false));
        request.CertificateExtensions.Add(AlternativeNames.Of([Web.ToString()], []));
        using var signer = issuer.Certificate.GetECDsaPrivateKey()!;
        var leaf = request.Create(issuer.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), Now.AddMinutes(-1), Now.AddHours(1), [1, 2, 3]);
        Refused(PeerVerdict.UntrustedChain, PeerVerifier.Verify(leaf, [issuer.Presented], Bundle(), PeerRole.Server, Web, Now));
    }

    [Fact]
    public void Another_trust_domain_by_another_authority() => Refused(PeerVerdict.UntrustedChain, Verify(TestAuthority.Root("other.consul").Issue("web"), Web));

    [Fact]
    public void Another_trust_domain_by_our_authority() =>
        Refused(PeerVerdict.OtherTrustDomain, Verify(_authority.Issue(new LeafRequest { TrustDomain = "other.consul" }), null));

    [Fact]
    public void Expired()
    {
        var leaf = _authority.Issue(new LeafRequest { NotBefore = Now.AddHours(-2), NotAfter = Now.AddHours(-1) });
        Assert.Equal(Web, Refused(PeerVerdict.Expired, Verify(leaf, Web)).Id);
        Assert.True(Verify(leaf, Web, now: Now.AddMinutes(-90)).IsAccepted);
    }

    [Fact]
    public void Not_yet_valid()
    {
        var leaf = _authority.Issue(new LeafRequest { NotBefore = Now.AddHours(1), NotAfter = Now.AddHours(2) });
        Refused(PeerVerdict.NotYetValid, Verify(leaf, Web));
        Refused(PeerVerdict.NotYetValid, Verify(leaf, Web, now: Now.AddHours(1) - PeerVerifier.Skew - TimeSpan.FromSeconds(2)));
        Assert.True(Verify(leaf, Web, now: Now.AddHours(1) - PeerVerifier.Skew + TimeSpan.FromSeconds(2)).IsAccepted);
    }

    [Fact]
    public void One_that_ends_before_another_certificate_begins_is_judged_by_its_own_time()
    {
        var leaf = _authority.Issue(new LeafRequest { NotAfter = Now.AddSeconds(10) });
        Assert.True(Verify(leaf, Web, Bundle(_authority, TestAuthority.Root(notBefore: Now.AddSeconds(30)))).IsAccepted);
    }

    [Fact]
    public void An_expired_root()
    {
        var authority = TestAuthority.Root(notBefore: Now.AddDays(-2), notAfter: Now.AddDays(-1));
        Refused(PeerVerdict.UntrustedChain, Verify(authority.Issue("web"), Web, TrustBundle.FromPem(authority.TrustDomain, [authority.Pem])));
    }

    [Fact]
    public void No_uri() => Refused(PeerVerdict.NoIdentity, Verify(_authority.Issue(new LeafRequest { Uris = [], DnsNames = ["web"] }), Web));

    [Fact]
    public void Two_uris() => Refused(PeerVerdict.SeveralIdentities, Verify(_authority.Issue(new LeafRequest { Uris = [$"{Web}", $"{Web}2"] }), Web));

    [Theory]
    [InlineData("/extra")]
    [InlineData("%2Fapi")]
    [InlineData("?x")]
    [InlineData("%")]
    public void A_malformed_identity(string after) =>
        Refused(PeerVerdict.MalformedIdentity, Verify(_authority.Issue(new LeafRequest { Uris = [$"{Web}{after}"] }), Web));

    [Theory]
    [InlineData("api", "dc1")]
    [InlineData("WEB", "dc1")]
    [InlineData("web", "dc2")]
    public void A_leaf_of_another_service(string service, string datacenter)
    {
        var found = Refused(PeerVerdict.OtherIdentity, Verify(_authority.Issue(new LeafRequest { Service = service, Datacenter = datacenter }), Web));
        Assert.Equal(service, found.Id!.Service);
        Assert.Contains($"/svc/{service}", found.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_wrong_usage()
    {
        var clientOnly = _authority.Issue(new LeafRequest { Usages = [LeafRequest.ClientAuthentication] });
        Refused(PeerVerdict.WrongUsage, Verify(clientOnly, Web, role: PeerRole.Server));
        Assert.True(Verify(clientOnly, Web, role: PeerRole.Client).IsAccepted);
        Refused(PeerVerdict.WrongUsage, Verify(_authority.Issue(new LeafRequest { Usages = [LeafRequest.ServerAuthentication] }), Web, role: PeerRole.Client));
    }

    [Fact]
    public void No_usage_and_any_usage()
    {
        Refused(PeerVerdict.WrongUsage, Verify(_authority.Issue(new LeafRequest { Usages = null }), Web));
        Refused(PeerVerdict.WrongUsage, Verify(_authority.Issue(new LeafRequest { Usages = ["2.5.29.37.0"] }), Web));
    }

    [Fact]
    public void An_authority_as_a_leaf()
    {
        Refused(PeerVerdict.IsAuthority, Verify(_authority.Issue(new LeafRequest { IsAuthority = true }), Web));
        Refused(PeerVerdict.IsAuthority, Verify(
            _authority.Issue(new LeafRequest { KeyUsages = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign }), Web));
        Refused(PeerVerdict.IsAuthority, PeerVerifier.Verify(_authority.Certificate, null, Bundle(), PeerRole.Server, null, Now));
    }

    [Fact]
    public void A_chain_without_its_intermediate_and_with_it()
    {
        var leaf = _authority.Intermediate().Intermediate().Issue("web");
        Assert.Equal(2, leaf.Intermediates.Count);
        Assert.True(Verify(leaf, Web).IsAccepted);
        Refused(PeerVerdict.UntrustedChain, Verify(leaf.With(), Web));
        Refused(PeerVerdict.UntrustedChain, Verify(leaf.With(leaf.Intermediates[0]), Web));
        Assert.True(Verify(leaf.With(leaf.Intermediates[1], leaf.Intermediates[0]), Web).IsAccepted);
        var pems = leaf.Intermediates.Select(c => c.ExportCertificatePem());
        Assert.True(Verify(leaf.With(), Web, TrustBundle.FromPem(_authority.TrustDomain, [_authority.Pem, .. pems])).IsAccepted);
    }

    [Fact]
    public void A_rotated_root_is_trusted_by_its_cross_signature_and_by_itself()
    {
        var renewed = TestAuthority.Root();
        var leaf = renewed.Issue("web").With(_authority.CrossSign(renewed));
        var (old, both, last) = (Bundle(), Bundle(_authority, renewed), Bundle(renewed));
        Assert.All([old, both, last], bundle => Assert.True(Verify(leaf, Web, bundle).IsAccepted));
        Refused(PeerVerdict.UntrustedChain, Verify(leaf.With(), Web, old));
        Assert.True(Verify(leaf.With(), Web, both).IsAccepted);
        // One that has not been renewed yet.
        Assert.True(Verify(_authority.Issue("web"), Web, both).IsAccepted);
        Refused(PeerVerdict.UntrustedChain, Verify(_authority.Issue("web"), Web, last));
    }

    [Fact]
    public void Where_the_clock_is_behind_the_old_root_stands_in_for_one_made_just_now()
    {
        var renewed = TestAuthority.Root(notBefore: Now);
        var leaf = renewed.Issue("web").With(_authority.CrossSign(renewed));
        Assert.All([-30, -90], seconds => Assert.True(Verify(leaf, Web, Bundle(_authority, renewed), now: Now.AddSeconds(seconds)).IsAccepted));
        Assert.True(Verify(leaf, Web, Bundle(renewed), now: Now.AddSeconds(-30)).IsAccepted);
        Refused(PeerVerdict.UntrustedChain, Verify(leaf, Web, Bundle(renewed), now: Now.AddSeconds(-90)));
    }

    [Fact]
    public void Extensions_that_cannot_be_read_are_a_refusal_and_no_exception()
    {
        var usages = _authority.Issue(new LeafRequest { Usages = null, Extensions = [new X509Extension("2.5.29.37", [0x30, 0x40], critical: false)] });
        Assert.False(Verify(usages, Web).IsAccepted);
        Assert.False(Verify(_authority.Issue(new LeafRequest { RawAlternativeNames = [0x30, 0x02, 0x86, 0x05] }), Web).IsAccepted);
    }

    [Fact]
    public void A_certificate_of_a_megabyte_is_judged_as_any_other() =>
        Assert.False(Verify(TestAuthority.Root().Issue(new LeafRequest { Ballast = 1 << 20 }), Web).IsAccepted);

    private TrustBundle Bundle(params TestAuthority[] roots) =>
        TrustBundle.FromPem(_authority.TrustDomain, roots.DefaultIfEmpty(_authority).Select(r => r.Pem));

    private PeerFinding Verify(TestLeaf leaf, SpiffeId? expected, TrustBundle? bundle = null, PeerRole role = PeerRole.Server, DateTimeOffset? now = null) =>
        PeerVerifier.Verify(leaf.Presented, leaf.Sent, bundle ?? Bundle(), role, expected, now ?? Now);

    private static PeerFinding Refused(PeerVerdict expected, PeerFinding found)
    {
        Assert.Equal(expected, found.Verdict);
        Assert.False(found.IsAccepted);
        Assert.NotEmpty(found.Detail);
        return found;
    }
}
