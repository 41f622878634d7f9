using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;

namespace MeshClient.Tests.Identity;

public sealed class PeerCertificateTests
{
    private const string Web = $"spiffe://{TestAuthority.DefaultTrustDomain}/ns/default/dc/dc1/svc/web";

    private readonly TestAuthority _authority = TestAuthority.Root();

    [Fact]
    public void The_one_uri_among_the_alternative_names_is_the_identity()
    {
        Assert.Equal(PeerVerdict.Accepted, Read(new LeafRequest { DnsNames = ["web.example", "api"] }, out var id, out var detail));
        Assert.Equal(Web, id!.ToString());
        Assert.Equal("", detail);
    }

    [Fact]
    public void Without_alternative_names_there_is_no_identity() =>
        Refused(PeerVerdict.NoIdentity, new LeafRequest { Uris = [] });

    [Fact]
    public void The_right_dns_name_is_no_identity() =>
        Refused(PeerVerdict.NoIdentity, new LeafRequest { Uris = [], DnsNames = ["web", "web.service.consul"] });

    [Fact]
    public void Of_two_uris_none_counts() => Refused(PeerVerdict.SeveralIdentities, new LeafRequest { Uris = [Web, Web + "2"] });

    [Fact]
    public void The_same_uri_twice_is_two() => Refused(PeerVerdict.SeveralIdentities, new LeafRequest { Uris = [Web, Web] });

    [Fact]
    public void A_second_list_of_names_cannot_hide_a_uri()
    {
        // The platform writes no extension twice, so one of another kind (2.5.29.99) is made into a second list.
        var names = AlternativeNames.Of([Web + "2"], []);
        var bytes = _authority.Issue(new LeafRequest { Extensions = [new X509Extension("2.5.29.99", names.RawData, false)] }).Certificate.RawData;
        bytes[bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x06, 0x03, 0x55, 0x1D, 99]) + 4] = 17;
        Assert.Equal(PeerVerdict.SeveralIdentities, PeerCertificate.ReadIdentity(X509CertificateLoader.LoadCertificate(bytes), out _, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://web.example/")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web/extra")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web\nspiffe: accepted")]
    public void A_uri_that_is_no_identity_of_a_service_is_malformed(string uri)
    {
        var detail = Refused(PeerVerdict.MalformedIdentity, new LeafRequest { Uris = [uri] });
        Assert.DoesNotContain('\n', detail);
    }

    public static TheoryData<string> Unreadable => [.. UnreadableNames.Keys];

    private static Dictionary<string, byte[]> UnreadableNames { get; } = new()
    {
        ["nothing"] = [],
        ["no sequence"] = [0x04, 0x01, 0x00],
        ["cut off"] = [0x30, 0x40, 0x86, 0x10, (byte)'s'],
        ["bytes after the sequence"] = [0x30, 0x00, 0x05, 0x00],
        ["a longer form of the length"] = [0x30, 0x81, 0x03, 0x86, 0x01, (byte)'s'],
        ["a uri in pieces"] = [0x30, 0x05, 0xA6, 0x03, 0x16, 0x01, (byte)'s'],
        ["a uri beyond ASCII"] = [0x30, 0x04, 0x86, 0x02, .. Encoding.UTF8.GetBytes("é")],
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Names_that_cannot_be_read_are_malformed(string what) =>
        Refused(PeerVerdict.MalformedIdentity, new LeafRequest { RawAlternativeNames = UnreadableNames[what] });

    private string Refused(PeerVerdict expected, LeafRequest request)
    {
        Assert.Equal(expected, Read(request, out var id, out var detail));
        Assert.Null(id);
        Assert.StartsWith("Expected", detail, StringComparison.Ordinal);
        return detail;
    }

    private PeerVerdict Read(LeafRequest request, out SpiffeId? id, out string detail) =>
        PeerCertificate.ReadIdentity(_authority.Issue(request).Presented, out id, out detail);
}
