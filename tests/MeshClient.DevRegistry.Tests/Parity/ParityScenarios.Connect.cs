using System.Net;
using System.Text.Json;
using MeshClient.TestKit;

namespace MeshClient.DevRegistry.Tests.Parity;

public abstract partial class ParityScenarios
{
    [Fact]
    public async Task A_native_instance_is_found_by_mesh_callers_and_a_plain_one_is_not()
    {
        await RegisterAsync($$"""{"ID":"{{name}}-1","Name":"{{name}}","Port":8001,"Connect":{"Native":true} }""");
        await RegisterAsync($$"""{"ID":"{{name}}-2","Name":"{{name}}","Port":8002}""");
        await HealthUntilAsync(static entries => entries.GetArrayLength() == 2);
        var answer = await MeshHealthUntilAsync(static entries => entries.GetArrayLength() == 1);
        AssertQueryHeaders(answer);
        var service = answer.Json[0].GetProperty("Service");
        Assert.Equal($$"""{"ID":"{{name}}-1","Service":"{{name}}"}""", Pick(service, "ID", "Service"));
        Assert.Equal("""{"Native":true}""", Compact(service.GetProperty("Connect")));
        Assert.False(service.TryGetProperty("Kind", out _));
        var instances = await client.GetAsync($"/v1/catalog/connect/{name}");
        AssertQueryHeaders(instances);
        Assert.Equal(
            $$$"""{"ServiceKind":"","ServiceID":"{{{name}}}-1","ServiceConnect":{"Native":true}}""",
            Pick(Assert.Single(instances.Json.EnumerateArray()), "ServiceKind", "ServiceID", "ServiceConnect"));
    }

    [Fact]
    public async Task A_sidecar_is_registered_along_with_its_service_and_is_found_by_mesh_callers()
    {
        await RegisterAsync(
            $$"""{"ID":"{{name}}-1","Name":"{{name}}","Address":"127.0.0.5","Port":8001,"Tags":["v1"],"Meta":{"a":"b"},"Connect":{"SidecarService":{} } }""");
        var entry = (await MeshHealthUntilAsync(
            entries => entries.GetArrayLength() == 1 && StatusOf(entries, $"service:{name}-1-sidecar-proxy:2") == "passing")).Json[0];
        var service = entry.GetProperty("Service");
        Assert.Equal(
            [
                "Address", "Connect", "CreateIndex", "EnableTagOverride", "ID", "Kind", "Meta", "ModifyIndex", "Port", "Proxy", "Service",
                "TaggedAddresses", "Tags", "Weights",
            ],
            Names(service));
        Assert.Equal(
            $$$"""{"Kind":"connect-proxy","ID":"{{{name}}}-1-sidecar-proxy","Service":"{{{name}}}-sidecar-proxy","Tags":["v1"],"Meta":{"a":"b"}}""",
            Pick(service, "Kind", "ID", "Service", "Tags", "Meta"));
        Assert.Equal("""{"Address":"127.0.0.5","Connect":{}}""", Pick(service, "Address", "Connect"));
        Assert.InRange(service.GetProperty("Port").GetInt32(), 21000, 21255);
        Assert.Equal(
            $$$"""
            {"DestinationServiceName":"{{{name}}}","DestinationServiceID":"{{{name}}}-1","LocalServiceAddress":"127.0.0.1","LocalServicePort":8001,"MeshGateway":{},"Expose":{}}
            """,
            Compact(service.GetProperty("Proxy")));
        Assert.Equal(
            ["serfHealth  Serf Health Status", "tcp Connect Sidecar Listening", $"alias Connect Sidecar Aliasing {name}-1"],
            entry.GetProperty("Checks").EnumerateArray().Select(static check => check.GetProperty("ServiceID").GetString() == ""
                ? $"{Text(check, "CheckID")} {Text(check, "Type")} {Text(check, "Name")}" : $"{Text(check, "Type")} {Text(check, "Name")}"));
        Assert.Equal("critical", StatusOf(JsonSerializer.SerializeToElement(new[] { entry }), $"service:{name}-1-sidecar-proxy:1"));
        Assert.Equal("{}", Compact((await HealthAsync()).Json[0].GetProperty("Service").GetProperty("Connect")));
        Assert.Equal("[]", (await client.GetAsync($"/v1/health/connect/{name}?passing")).Text.Trim());
    }

    [Fact]
    public async Task The_agent_shows_a_sidecar_and_forgets_it_with_its_service()
    {
        await RegisterAsync($$"""{"Name":"{{name}}","Port":8001,"Connect":{"SidecarService":{"Name":"{{name}}-p","Port":23001} } }""");
        var services = (await client.GetAsync("/v1/agent/services")).Json;
        var sidecar = services.GetProperty($"{name}-sidecar-proxy");
        string[] fields = ["Address", "EnableTagOverride", "ID", "Kind", "Meta", "Port", "Proxy", "Service", "Tags", "Weights"];
        Assert.Equal(fields, Names(sidecar));
        Assert.Equal($$"""{"Kind":"connect-proxy","Service":"{{name}}-p","Port":23001}""", Pick(sidecar, "Kind", "Service", "Port"));
        Assert.False(services.GetProperty(name).TryGetProperty("Proxy", out _));

        await RegisterAsync($$"""{"Name":"{{name}}","Port":8002}""");
        Assert.True((await client.GetAsync("/v1/agent/services")).Json.TryGetProperty($"{name}-sidecar-proxy", out _));
        await client.PutAsync($"/v1/agent/service/deregister/{name}");
        Assert.False((await client.GetAsync("/v1/agent/services")).Json.TryGetProperty($"{name}-sidecar-proxy", out _));
        await MeshHealthUntilAsync(static entries => entries.GetArrayLength() == 0);
    }

    [Fact]
    public async Task A_proxy_may_be_registered_by_itself()
    {
        await RegisterAsync(
            $$"""{"Name":"{{name}}-proxy","Port":8003,"Kind":"connect-proxy","Proxy":{"DestinationServiceName":"{{name}}","Config":{"a":1} } }""");
        var service = (await MeshHealthUntilAsync(static entries => entries.GetArrayLength() == 1)).Json[0].GetProperty("Service");
        Assert.Equal(
            $$$"""{"DestinationServiceName":"{{{name}}}","Config":{"a":1},"MeshGateway":{},"Expose":{}}""", Compact(service.GetProperty("Proxy")));
        var instance = (await client.GetAsync($"/v1/catalog/connect/{name}")).Json[0];
        Assert.Equal($$"""{"ServiceKind":"connect-proxy","ServiceName":"{{name}}-proxy"}""", Pick(instance, "ServiceKind", "ServiceName"));
        Assert.Equal(Compact(service.GetProperty("Proxy")), Compact(instance.GetProperty("ServiceProxy")));
        Assert.Equal("[]", (await HealthAsync()).Text.Trim());
    }

    [Theory]
    [InlineData("warn", "warning", "Aliased check \"Service 'NAME' check\" failing: hm")]
    [InlineData("fail", "critical", "Aliased check \"Service 'NAME' check\" failing: hm")]
    [InlineData("pass", "passing", "All checks passing.")]
    public async Task An_alias_follows_the_checks_of_its_service(string verb, string status, string output)
    {
        await RegisterAsync(
            $$"""{"Name":"{{name}}","Port":8001,"Check":{"TTL":"1h","Status":"passing"},"Connect":{"SidecarService":{"Check":{"AliasService":"{{name}}"} } } }""");
        var id = $"service:{name}-sidecar-proxy";
        await MeshHealthUntilAsync(entries => StatusOf(entries, id) == "passing");
        await client.PutAsync($"/v1/agent/check/{verb}/service:{name}?note=hm");
        var answer = await MeshHealthUntilAsync(entries => StatusOf(entries, id) == status);
        Assert.Equal(output.Replace("NAME", name, StringComparison.Ordinal), Text(CheckOf(answer.Json, id)!.Value, "Output"));
        Assert.Equal(status == "passing" ? 1 : 0, (await client.GetAsync($"/v1/health/connect/{name}?passing")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Mesh_callers_who_wait_are_woken_by_what_concerns_them()
    {
        await RegisterAsync($$"""{"ID":"{{name}}-1","Name":"{{name}}","Port":8001,"Connect":{"Native":true},"Check":{"CheckID":"{{name}}-ttl","TTL":"1h"} }""");
        var before = await MeshHealthUntilAsync(static entries => entries.GetArrayLength() == 1);
        var waiting = MeshHealthAsync($"?index={before.Index}&wait=5m");
        await client.PutAsync($"/v1/agent/check/pass/{name}-ttl");
        var passing = await waiting;
        Assert.True(passing.Index > before.Index);
        Assert.Equal("passing", StatusOf(passing.Json, $"{name}-ttl"));

        waiting = MeshHealthAsync($"?index={passing.Index}&wait=5m");
        await client.PutAsync($"/v1/agent/service/deregister/{name}-1");
        var gone = await waiting;
        Assert.True(gone.Index > passing.Index);
        Assert.Equal("[]", gone.Text.Trim());
    }

    [Theory]
    [InlineData(
        """{"Name":"a","Port":1,"Kind":"connect-proxy"}""",
        "1 error occurred:\n\t* Proxy.DestinationServiceName must be non-empty for Connect proxy services\n\n")]
    [InlineData(
        """{"Name":"a","Kind":"connect-proxy","Proxy":{"DestinationServiceName":"b"}}""",
        "1 error occurred:\n\t* Port must be set for a Connect proxy\n\n")]
    [InlineData(
        """{"Name":"a","Port":1,"Kind":"connect-proxy","Connect":{"Native":true},"Proxy":{"DestinationServiceName":"b"}}""",
        "1 error occurred:\n\t* A Proxy cannot also be Connect Native, only typical services\n\n")]
    [InlineData(
        """{"Name":"a","Port":1,"Connect":{"SidecarService":{"ID":"x"}}}""",
        "1 error occurred:\n\t* A SidecarService cannot specify an ID as this is managed by the agent\n\n")]
    [InlineData(
        """{"Name":"a","Port":1,"Connect":{"SidecarService":{"Connect":{"SidecarService":{}}}}}""",
        "1 error occurred:\n\t* A SidecarService cannot have a nested SidecarService\n\n")]
    [InlineData(
        """{"Name":"a","Port":1,"Connect":{"SidecarService":{"Bogus":1}}}""", "Request decode failed: json: unknown field \"Bogus\"")]
    public async Task Bad_proxies_are_refused_in_the_same_words(string body, string expected)
    {
        var answer = await client.PutAsync("/v1/agent/service/register", body);
        Assert.Equal((HttpStatusCode.BadRequest, expected), (answer.Status, answer.Text));
        Assert.Equal("[]", (await client.GetAsync("/v1/health/service/a")).Text.Trim());
    }

    [Fact]
    public async Task The_agent_tells_what_happens_without_an_intention()
    {
        var config = (await client.GetAsync("/v1/agent/self")).Json.GetProperty("DebugConfig");
        Assert.Equal(
            """{"ACLsEnabled":false,"ACLDefaultPolicy":"allow","ACLDatacenter":"dc1","ACLDownPolicy":"extend-cache","ConnectEnabled":true}""",
            Pick(config, "ACLsEnabled", "ACLDefaultPolicy", "ACLDatacenter", "ACLDownPolicy", "ConnectEnabled"));
    }

    private Task<Answer> MeshHealthAsync(string query = "") => client.GetAsync($"/v1/health/connect/{name}{query}");

    private async Task<Answer> MeshHealthUntilAsync(Func<JsonElement, bool> condition)
    {
        Answer answer = null!;
        await Eventually.True(
            async () => condition((answer = await MeshHealthAsync()).Json), cancellationToken: TestContext.Current.CancellationToken);
        return answer;
    }
}
