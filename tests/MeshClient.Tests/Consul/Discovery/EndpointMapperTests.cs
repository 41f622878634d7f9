using System.Collections.Immutable;
using System.Text.Json;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Model;
using MeshClient.TestKit.Consul;

namespace MeshClient.Tests.Consul.Discovery;

public sealed class EndpointMapperTests
{
    private readonly EndpointMapper _mapper = new();

    [Fact]
    public void An_endpoint_that_did_not_change_is_the_same_object()
    {
        var before = Map(Instance("a"), Instance("b"), Instance("c"));
        var after = Map(Instance("a"), Instance("b", port: 2), Instance("c"));
        Assert.Same(before[0], after[0]);
        Assert.Equal(2, after[1].Port);
        Assert.Same(before[2], after[2]);
    }

    [Fact]
    public void So_it_is_when_others_come_before_it_and_go()
    {
        var before = Map(Instance("a"), Instance("b"), Instance("c"), Instance("d"));
        var after = Map(Instance("0"), Instance("1"), Instance("c"), Instance("d"));
        Assert.Equal(["n/0", "n/1", "n/c", "n/d"], after.Select(endpoint => endpoint.InstanceId));
        Assert.Same(before[2], after[2]);
        Assert.Same(before[3], after[3]);
    }

    [Theory]
    [InlineData("\"Tags\":[\"x\"]")]
    [InlineData("\"Tags\":[]")]
    [InlineData("\"Tags\":[\"v1\",\"blue\",\"more\"]")]
    [InlineData("\"Tags\":[\"blue\",\"v1\"]")]
    [InlineData("\"Meta\":{\"zone\":\"eu-2\",\"rack\":\"\"}")]
    [InlineData("\"Meta\":{\"zone\":\"eu-1\"}")]
    [InlineData("\"Meta\":{\"zone\":\"eu-1\",\"shelf\":\"\"}")]
    [InlineData("\"Meta\":{\"zone\":\"eu-1\",\"rack\":\"\",\"shelf\":\"\"}")]
    public void What_changed_is_told(string changed)
    {
        var before = Assert.Single(Map(Instance("a")));
        var after = Assert.Single(Map(Instance("a", more: changed)));
        Assert.NotEqual(before, after);
        var fresh = Assert.Single(new EndpointMapper().Map(Entries(Instance("a", more: changed))));
        Assert.Equal(fresh, after);
    }

    [Fact]
    public void Equal_tags_and_metadata_are_one_object_whatever_stands_for_nothing_in_them()
    {
        var endpoints = Map(Instance("a"), Instance("b", more: """ "Meta":{"rack":"","zone":"eu-1"},"Tags":["v1","blue"] """));
        Assert.Same(endpoints[0].Meta, endpoints[1].Meta);
        Assert.True(endpoints[0].Tags == endpoints[1].Tags);
        Assert.Equal(["v1", "blue"], endpoints[0].Tags);
        Assert.Equal("", endpoints[0].Meta["rack"]);
        Assert.Equal("eu-1", endpoints[0].Meta["zone"]);
    }

    [Fact]
    public void They_stay_one_object_when_the_instances_that_had_them_first_are_gone()
    {
        var meta = Map(Instance("a"))[0].Meta;
        Assert.Same(meta, Map(Instance("a"), Instance("b"))[1].Meta);
        Assert.Same(meta, Map(Instance("b"))[0].Meta);
        Assert.Same(meta, Map(Instance("c"))[0].Meta);
    }

    [Fact]
    public void What_two_answers_did_not_have_is_forgotten()
    {
        var meta = Map(Instance("a"))[0].Meta;
        Map();
        Map();
        Assert.NotSame(meta, Map(Instance("a"))[0].Meta);
    }

    [Fact]
    public void One_that_moves_of_ten_thousand_leaves_the_others_the_same_objects()
    {
        var before = _mapper.Map(Entries(HealthAnswers.Json(10_000)));
        var after = _mapper.Map(Entries(HealthAnswers.Json(10_000, moved: 7)));
        Assert.Equal(30_000, after[7].Port);
        Assert.Equal(9_999, before.Zip(after).Count(pair => ReferenceEquals(pair.First, pair.Second)));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("]")]
    public void An_address_of_brackets_alone_is_none(string address) => Assert.Empty(Map(Instance("web-1", more: $"\"Address\":\"{address}\"")));

    private static string Instance(string id, int port = 1, string? more = null) =>
        $$$"""
        {"Node":{"Node":"n","Address":"10.0.0.1"},
         "Service":{"ID":"{{{id}}}","Port":{{{port}}},"Tags":["v1",null,"blue"],"Meta":{"zone":"eu-1","rack":null}{{{(more is null ? "" : $",{more}")}}}}}
        """;

    private static ImmutableArray<HealthEntry> Entries(params string[] instances) => Entries(System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', instances)}]"));

    private static ImmutableArray<HealthEntry> Entries(byte[] json) => [.. JsonSerializer.Deserialize<HealthEntry[]>(json)!];

    private ImmutableArray<Endpoint> Map(params string[] instances) => _mapper.Map(Entries(instances));
}
