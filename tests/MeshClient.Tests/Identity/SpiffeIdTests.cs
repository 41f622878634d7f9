using MeshClient.Identity;

namespace MeshClient.Tests.Identity;

public sealed class SpiffeIdTests
{
    private const string Good = "spiffe://8b4adef7.consul/ns/default/dc/dc1/svc/web";

    [Fact]
    public void An_identity_of_consul_is_read_part_by_part()
    {
        var id = SpiffeId.Parse(Good);
        Assert.Equal(("8b4adef7.consul", null, "default", "dc1", "web"), (id.TrustDomain, id.Partition, id.Namespace, id.Datacenter, id.Service));
        Assert.Equal(Good, id.ToString());
        Assert.Equal(SpiffeId.Of("8b4adef7.consul", "dc1", "web"), id);
    }

    [Fact]
    public void The_partition_of_newer_agents_comes_first()
    {
        const string text = "spiffe://a.consul/ap/team/ns/default/dc/dc1/svc/web";
        var id = SpiffeId.Parse(text);
        Assert.Equal("team", id.Partition);
        Assert.Equal(text, id.ToString());
        Assert.NotEqual(SpiffeId.Of("a.consul", "dc1", "web"), id);
    }

    [Theory]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/caf%C3%A9", "café")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/caf%c3%a9", "café")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/a%2Bb", "a+b")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/a+b:c@d", "a+b:c@d")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/svc", "svc")]
    public void Segments_are_decoded_one_by_one(string text, string service) => Assert.Equal(service, SpiffeId.Parse(text).Service);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("web")]
    [InlineData("https://a/ns/default/dc/dc1/svc/web")]
    [InlineData("SPIFFE://a/ns/default/dc/dc1/svc/web")]
    [InlineData("Spiffe://a/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe:/a/ns/default/dc/dc1/svc/web")]
    [InlineData(" spiffe://a/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web ")]
    [InlineData("spiffe:///ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://A.consul/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://user@a/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://user:secret@a/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://@a/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a:8443/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a:/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://[::1]/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://bücher.example/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://а.consul/ns/default/dc/dc1/svc/web")] // a Cyrillic letter
    [InlineData("spiffe://a%2econsul/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a b/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a\\b/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a")]
    [InlineData("spiffe://a/")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web/")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web/extra")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web/svc/api")]
    [InlineData("spiffe://a/x/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/x/y/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/AP/team/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ap//ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ap/team/ns/default/dc/dc1/svc")]
    [InlineData("spiffe://a/ap/one/ap/two/ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a//ns/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns//default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns//dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns/default/dc//svc/web")]
    [InlineData("spiffe://a/NS/default/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns/default/DC/dc1/svc/web")]
    [InlineData("spiffe://a/ns/default/dc/dc1/Svc/web")]
    [InlineData("spiffe://a/dc/dc1/ns/default/svc/web")]
    [InlineData("spiffe://a/agent/client/dc/dc1/id/node-a")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/.")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/..")]
    [InlineData("spiffe://a/ns/default/dc/dc1/x/../svc/web")]
    [InlineData("spiffe://a/ns/../dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%2e%2e")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%2E")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/*")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%2A")]
    [InlineData("spiffe://a/ns/*/dc/dc1/svc/web")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%2Fapi")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%2fapi")]
    [InlineData("spiffe://a/ns/default/dc/dc1%2Fsvc%2Fweb")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%5Capi")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web\\api")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%252Fapi")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%77eb")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%2")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%zz")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web% 1")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%00")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%0A")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web%20x")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%FF")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%C3")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%C0%AF")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%E2%80%AEbew")] // right to left from here
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/%EF%BF%BD")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/café")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/we b")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web\n")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web\0")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web?x=1")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web?")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web#x")]
    [InlineData("spiffe://a/ns/default/dc/dc1/svc/web#")]
    [InlineData("spiffe://a?/ns/default/dc/dc1/svc/web")]
    public void What_is_not_exactly_of_the_form_is_refused(string? text)
    {
        Assert.False(SpiffeId.TryParse(text, out var id, out var fault));
        Assert.Null(id);
        Assert.StartsWith("Expected", fault, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault);
    }

    [Fact]
    public void Upper_case_is_another_service() =>
        Assert.NotEqual(SpiffeId.Parse(Good), SpiffeId.Parse(Good.Replace("web", "WEB", StringComparison.Ordinal)));

    [Fact]
    public void A_text_of_any_length_is_refused_by_a_short_sentence()
    {
        Assert.False(SpiffeId.TryParse($"{Good}{new string('x', 100_000)}", out _, out var fault));
        Assert.True(fault.Length < 300);
        Assert.False(SpiffeId.TryParse($"spiffe://{new string('a', 256)}/ns/default/dc/dc1/svc/web", out _, out fault));
        Assert.True(fault.Length < 500);
    }

    [Theory]
    [InlineData("a/ap/x", "dc1", "web")]
    [InlineData("a.consul/ns/default/dc/dc1/svc/web#", "dc1", "web")]
    [InlineData("", "dc1", "web")]
    [InlineData("a", "", "web")]
    [InlineData("a", "dc1", "..")]
    [InlineData("a", "dc1", "*")]
    [InlineData("a", "dc1", "web/api")]
    public void Parts_that_would_be_another_identity_are_refused(string trustDomain, string datacenter, string service) =>
        Assert.Throws<FormatException>(() => SpiffeId.Of(trustDomain, datacenter, service));
}
