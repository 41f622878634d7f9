using System.Text.Json;
using MeshClient.Consul.Api;
using MeshClient.Identity;

namespace MeshClient.Tests.Consul.Identity;

/// <summary>The rotation of a real Consul, seen by peers that know more or less of it.</summary>
public sealed class RecordedConnectTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 15, 0, 0, TimeSpan.Zero);
    private static readonly SpiffeId s_web = SpiffeId.Of("2c6edbc0-6567-e33a-d2a0-97ffc529d71d.consul", "dc1", "web");

    [Fact]
    public void Both_leaves_verify_by_the_roots_of_before_and_of_both()
    {
        var (old, both) = (Bundle(RecordedConnect.RootsBefore), Bundle(RecordedConnect.RootsAfter));
        Assert.Equal((1, 2), (old.Roots.Length, both.Roots.Length));
        Assert.All(new[] { old, both }, bundle => Assert.All(
            new[] { RecordedConnect.LeafBefore, RecordedConnect.LeafAfter },
            leaf => Assert.Equal((PeerVerdict.Accepted, s_web), (Verify(leaf, bundle).Verdict, Verify(leaf, bundle).Id))));
        var last = both with { Roots = [.. both.Roots.Where(r => old.Roots.All(o => o.Thumbprint != r.Thumbprint))] };
        Assert.True(Verify(RecordedConnect.LeafAfter, last).IsAccepted);
        Assert.Equal(PeerVerdict.UntrustedChain, Verify(RecordedConnect.LeafBefore, last).Verdict);
    }

    [Fact]
    public void Without_its_intermediate_the_new_leaf_is_refused_by_those_who_know_the_old_root_only()
    {
        Assert.Equal(PeerVerdict.UntrustedChain, Verify(RecordedConnect.LeafAfter, Bundle(RecordedConnect.RootsBefore), sent: 0).Verdict);
        Assert.True(Verify(RecordedConnect.LeafAfter, Bundle(RecordedConnect.RootsAfter), sent: 0).IsAccepted);
    }

    private static TrustBundle Bundle(string json)
    {
        var answer = JsonSerializer.Deserialize(json, ConsulJson.Default.ConnectRoots)!;
        return TrustBundle.FromPem(answer.TrustDomain!, answer.Roots!.Select(r => r!.RootCert!));
    }

    private static PeerFinding Verify(string json, TrustBundle bundle, int sent = 1)
    {
        var chain = Pem.Certificates(JsonSerializer.Deserialize(json, ConsulJson.Default.ConnectLeaf)!.CertPEM!);
        return PeerVerifier.Verify(chain[0], [.. chain.Skip(1).Take(sent)], bundle, PeerRole.Server, s_web, s_now);
    }
}
