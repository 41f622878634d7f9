using System.Net;
using System.Text.Json;

namespace MeshClient.DevRegistry.Tests.Parity;

public abstract partial class ParityScenarios
{
    [Fact]
    public async Task A_registered_service_has_the_same_shape()
    {
        var answer = await RegisterTtlServiceAsync();
        AssertQueryHeaders(answer);
        Assert.Equal("application/json", answer.ContentType);
        var entry = answer.Json[0];
        Assert.Equal(["Checks", "Node", "Service"], Names(entry));
        Assert.Equal(
            ["Address", "CreateIndex", "Datacenter", "ID", "Meta", "ModifyIndex", "Node", "TaggedAddresses"], Names(entry.GetProperty("Node")));
        Assert.Equal(
            [
                "Address", "Connect", "CreateIndex", "EnableTagOverride", "ID", "Meta", "ModifyIndex", "Port", "Proxy", "Service",
                "TaggedAddresses", "Tags", "Weights",
            ],
            Names(entry.GetProperty("Service")));
        Assert.Equal(
            [
                "CheckID", "CreateIndex", "Definition", "ModifyIndex", "Name", "Node", "Notes", "Output", "ServiceID", "ServiceName",
                "ServiceTags", "Status", "Type",
            ],
            Names(entry.GetProperty("Checks")[1]));
    }

    [Fact]
    public async Task A_registered_service_has_the_same_values()
    {
        var entry = (await RegisterTtlServiceAsync()).Json[0];
        var service = entry.GetProperty("Service");
        Assert.Equal("""["v1","blue"]""", Compact(service.GetProperty("Tags")));
        Assert.Equal("""{"zone":"a"}""", Compact(service.GetProperty("Meta")));
        Assert.Equal("""{"Passing":1,"Warning":1}""", Compact(service.GetProperty("Weights")));
        Assert.Equal("""{"MeshGateway":{},"Expose":{}}""", Compact(service.GetProperty("Proxy")));
        Assert.Equal("{}", Compact(service.GetProperty("Connect")));
        Assert.Equal(
            """{"lan_ipv4":{"Address":"127.0.0.1","Port":8080},"wan_ipv4":{"Address":"127.0.0.1","Port":8080}}""",
            Compact(service.GetProperty("TaggedAddresses")));
        Assert.Equal("""{"consul-network-segment":""}""", Compact(entry.GetProperty("Node").GetProperty("Meta")));
        Assert.Equal(
            """{"lan":"127.0.0.1","lan_ipv4":"127.0.0.1","wan":"127.0.0.1","wan_ipv4":"127.0.0.1"}""",
            Compact(entry.GetProperty("Node").GetProperty("TaggedAddresses")));
        Assert.Equal(
            ["serfHealth", $"{name}-ttl"],
            entry.GetProperty("Checks").EnumerateArray().Select(static check => check.GetProperty("CheckID").GetString()));
        Assert.Equal("critical", StatusOf(new Answer(default, null!, null, $"[{entry.GetRawText()}]").Json, $"{name}-ttl"));
        Assert.Equal($"Service '{name}' check", entry.GetProperty("Checks")[1].GetProperty("Name").GetString());
    }

    [Fact]
    public async Task Native_and_bare_services_have_the_same_values()
    {
        await RegisterAsync($$"""{"Name":"{{name}}","Connect":{"Native":true} }""");
        var service = (await HealthUntilAsync(static entries => entries.GetArrayLength() == 1)).Json[0].GetProperty("Service");
        Assert.Equal("""{"Native":true}""", Compact(service.GetProperty("Connect")));
        Assert.Equal(name, service.GetProperty("ID").GetString());
        Assert.Equal("", service.GetProperty("Address").GetString());
        Assert.Equal(JsonValueKind.Null, service.GetProperty("Meta").ValueKind);
        Assert.False(service.TryGetProperty("TaggedAddresses", out _));
    }

    [Fact]
    public async Task The_catalog_lists_names_and_instances()
    {
        await RegisterTtlServiceAsync();
        var names = await client.GetAsync("/v1/catalog/services");
        AssertQueryHeaders(names);
        Assert.Equal("""["blue","v1"]""", Compact(Sorted(names.Json.GetProperty(name))));
        Assert.Equal("[]", Compact(names.Json.GetProperty("consul")));

        var instances = await client.GetAsync($"/v1/catalog/service/{name}");
        AssertQueryHeaders(instances);
        Assert.Equal(
            [
                "Address", "CreateIndex", "Datacenter", "ID", "ModifyIndex", "Node", "NodeMeta", "ServiceAddress", "ServiceConnect",
                "ServiceEnableTagOverride", "ServiceID", "ServiceKind", "ServiceMeta", "ServiceName", "ServicePort", "ServiceProxy",
                "ServiceTaggedAddresses", "ServiceTags", "ServiceWeights", "TaggedAddresses",
            ],
            Names(instances.Json[0]));
        Assert.Equal("[]", (await client.GetAsync("/v1/catalog/service/none")).Text.Trim());
    }

    [Fact]
    public async Task The_agent_lists_what_it_holds()
    {
        await RegisterTtlServiceAsync();
        var services = await client.GetAsync("/v1/agent/services");
        Assert.Null(services.Header("X-Consul-Index"));
        string[] expected = ["Address", "EnableTagOverride", "ID", "Meta", "Port", "Service", "TaggedAddresses", "Tags", "Weights"];
        Assert.Equal(expected, Names(services.Json.GetProperty($"{name}-1")));
        Assert.Equal(name, (await client.GetAsync($"/v1/agent/service/{name}-1")).Json.GetProperty("Service").GetString());
        var check = (await client.GetAsync("/v1/agent/checks")).Json.GetProperty($"{name}-ttl");
        Assert.Equal(("critical", "ttl"), (check.GetProperty("Status").GetString(), check.GetProperty("Type").GetString()));
        var unknown = await client.GetAsync("/v1/agent/service/none");
        Assert.Equal((HttpStatusCode.NotFound, "unknown service ID: none"), (unknown.Status, unknown.Text));
    }

    [Fact]
    public async Task The_agent_tells_who_it_is()
    {
        var config = (await client.GetAsync("/v1/agent/self")).Json.GetProperty("Config");
        Assert.Equal("""{"Datacenter":"dc1","NodeName":"node-a"}""", Pick(config, "Datacenter", "NodeName"));
        Assert.Equal("""{"Server":true,"Version":"1.8.7"}""", Pick(config, "Server", "Version"));
        Assert.True(Guid.TryParse(config.GetProperty("NodeID").GetString(), out _));
        Assert.Matches(@"^""127\.0\.0\.1:\d+""$", (await client.GetAsync("/v1/status/leader")).Text.Trim());
    }

    [Fact]
    public async Task An_unknown_service_is_an_empty_list_with_an_index()
    {
        var answer = await HealthAsync();
        Assert.Equal((HttpStatusCode.OK, "[]"), (answer.Status, answer.Text.Trim()));
        AssertQueryHeaders(answer);
    }

    [Theory]
    [InlineData("?tag=v1", 1)]
    [InlineData("?tag=V1&tag=blue", 1)]
    [InlineData("?tag=v1&tag=green", 0)]
    [InlineData("?passing", 0)]
    [InlineData("?passing=false", 1)]
    [InlineData("?near=_agent", 1)]
    public async Task Filters_choose_the_same_instances(string query, int expected)
    {
        await RegisterTtlServiceAsync();
        Assert.Equal(expected, (await HealthAsync(query)).Json.GetArrayLength());
    }

    [Theory]
    [InlineData("?stale", "stale")]
    [InlineData("?consistent", "consistent")]
    public async Task The_consistency_is_named(string query, string expected) =>
        Assert.Equal(expected, (await HealthAsync(query)).Header("X-Consul-Effective-Consistency"));

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(static property => property.Name).Order(StringComparer.Ordinal);

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);

    private static JsonElement Sorted(JsonElement list) => JsonSerializer.SerializeToElement(
        list.EnumerateArray().Select(static item => item.GetString()).Order(StringComparer.Ordinal));

    private static string Pick(JsonElement element, params string[] names) =>
        JsonSerializer.Serialize(names.ToDictionary(static name => name, name => element.GetProperty(name)));
}
