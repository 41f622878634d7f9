using System.Net;
using MeshClient.TestKit;

namespace MeshClient.DevRegistry.Tests.Parity;

public abstract partial class ParityScenarios
{
    [Theory]
    [InlineData("pass", "passing", 1)]
    [InlineData("warn", "warning", 0)]
    public async Task A_heartbeat_sets_the_status_and_moves_the_index(string verb, string status, int passing)
    {
        var before = await RegisterTtlServiceAsync();
        var heartbeat = await client.PutAsync($"/v1/agent/check/{verb}/{name}-ttl?note=so+it+is");
        Assert.Equal((HttpStatusCode.OK, ""), (heartbeat.Status, heartbeat.Text));

        var after = await HealthUntilAsync(entries => StatusOf(entries, $"{name}-ttl") == status);
        Assert.True(after.Index > before.Index);
        Assert.Equal("so it is", CheckOf(after.Json, $"{name}-ttl")?.GetProperty("Output").GetString());
        Assert.Equal(passing, (await HealthAsync("?passing")).Json.GetArrayLength());
    }

    [Fact]
    public async Task An_update_sets_status_and_output_and_a_failure_is_critical()
    {
        await RegisterTtlServiceAsync();
        await client.PutAsync($"/v1/agent/check/update/{name}-ttl", """{"Status":"passing","Output":"well"}""");
        await HealthUntilAsync(entries => CheckOf(entries, $"{name}-ttl")?.GetProperty("Output").GetString() == "well");
        await client.PutAsync($"/v1/agent/check/fail/{name}-ttl");
        await HealthUntilAsync(entries => StatusOf(entries, $"{name}-ttl") == "critical");
    }

    [Fact]
    public async Task A_heartbeat_with_a_new_note_moves_no_index()
    {
        await RegisterTtlServiceAsync();
        await client.PutAsync($"/v1/agent/check/pass/{name}-ttl?note=one");
        var before = await HealthUntilAsync(entries => StatusOf(entries, $"{name}-ttl") == "passing");
        await client.PutAsync($"/v1/agent/check/pass/{name}-ttl?note=two");
        // Whatever is published later comes after this, on the agent as on the registry.
        await RegisterAsync($$"""{"Name":"{{name}}-other"}""");
        await Eventually.True(
            async () => (await client.GetAsync($"/v1/health/service/{name}-other")).Json.GetArrayLength() == 1,
            cancellationToken: TestContext.Current.CancellationToken);
        var after = await HealthAsync();
        Assert.Equal((before.Index, "one"), (after.Index, CheckOf(after.Json, $"{name}-ttl")?.GetProperty("Output").GetString()));
        var local = (await client.GetAsync("/v1/agent/checks")).Json.GetProperty($"{name}-ttl");
        Assert.Equal("two", local.GetProperty("Output").GetString());
    }

    [Fact]
    public async Task Registering_again_replaces_the_service_and_keeps_the_state_of_its_check()
    {
        await RegisterTtlServiceAsync();
        await client.PutAsync($"/v1/agent/check/pass/{name}-ttl");
        var before = await HealthUntilAsync(entries => StatusOf(entries, $"{name}-ttl") == "passing");
        await RegisterAsync(TtlService.Replace("8080", "9090", StringComparison.Ordinal));
        var after = await HealthUntilAsync(
            static entries => entries[0].GetProperty("Service").GetProperty("Port").GetInt32() == 9090);
        Assert.Equal(1, after.Json.GetArrayLength());
        Assert.True(after.Index > before.Index);
        Assert.Equal("passing", StatusOf(after.Json, $"{name}-ttl"));
    }

    [Fact]
    public async Task Several_checks_get_the_same_ids_and_are_replaced_on_demand()
    {
        await RegisterAsync($$"""{"Name":"{{name}}","Checks":[{"TTL":"1h"},{"TTL":"1h","Status":"passing","Name":"second"}]}""");
        var first = (await HealthUntilAsync(static entries => entries.GetArrayLength() == 1)).Json;
        Assert.Equal("critical", StatusOf(first, $"service:{name}:1"));
        Assert.Equal("passing", StatusOf(first, $"service:{name}:2"));
        await RegisterAsync($$"""{"Name":"{{name}}","Check":{"TTL":"1h"} }""", "?replace-existing-checks");
        var second = (await HealthUntilAsync(static entries => entries[0].GetProperty("Checks").GetArrayLength() == 2)).Json;
        Assert.Equal("critical", StatusOf(second, $"service:{name}"));
    }

    [Fact]
    public async Task A_deregistered_service_vanishes_and_its_index_moves_on()
    {
        var before = await RegisterTtlServiceAsync();
        var answer = await client.PutAsync($"/v1/agent/service/deregister/{name}-1");
        Assert.Equal((HttpStatusCode.OK, ""), (answer.Status, answer.Text));
        var after = await HealthUntilAsync(static entries => entries.GetArrayLength() == 0);
        Assert.True(after.Index > before.Index);
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync($"/v1/agent/service/deregister/{name}-1")).Status);
    }

    [Fact]
    public async Task Maintenance_comes_and_goes_as_a_critical_check()
    {
        await RegisterTtlServiceAsync();
        var path = $"/v1/agent/service/maintenance/{name}-1";
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync($"{path}?enable=true&reason=deploy")).Status);
        var id = $"_service_maintenance:{name}-1";
        var on = await HealthUntilAsync(entries => StatusOf(entries, id) == "critical");
        Assert.Equal(
            """{"Name":"Service Maintenance Mode","Notes":"deploy","Type":"maintenance"}""",
            Pick(CheckOf(on.Json, id)!.Value, "Name", "Notes", "Type"));
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync($"{path}?enable=false")).Status);
        await HealthUntilAsync(entries => CheckOf(entries, id) is null);
    }

    [Fact]
    public async Task A_check_can_be_added_to_a_service_and_taken_away()
    {
        await RegisterTtlServiceAsync();
        var body = $$"""{"Name":"extra","ID":"{{name}}-extra","ServiceID":"{{name}}-1","TTL":"1h","Status":"warning"}""";
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync("/v1/agent/check/register", body)).Status);
        await HealthUntilAsync(entries => StatusOf(entries, $"{name}-extra") == "warning");
        Assert.Equal(HttpStatusCode.OK, (await client.PutAsync($"/v1/agent/check/deregister/{name}-extra")).Status);
        await HealthUntilAsync(entries => CheckOf(entries, $"{name}-extra") is null);
    }

    [Fact]
    public async Task A_change_wakes_those_who_wait_and_an_extinction_too()
    {
        var before = await RegisterTtlServiceAsync();
        var waiting = HealthAsync($"?index={before.Index}&wait=5m");
        await client.PutAsync($"/v1/agent/check/pass/{name}-ttl");
        var woken = await waiting;
        Assert.True(woken.Index > before.Index);
        Assert.Equal("passing", StatusOf(woken.Json, $"{name}-ttl"));

        waiting = HealthAsync($"?index={woken.Index}&wait=5m");
        await client.PutAsync($"/v1/agent/service/deregister/{name}-1");
        var empty = await waiting;
        Assert.True(empty.Index > woken.Index);
        Assert.Equal("[]", empty.Text.Trim());
    }

    [Fact]
    public async Task Without_a_change_a_wait_ends_with_the_same_index()
    {
        var before = await RegisterTtlServiceAsync();
        var after = await HealthAsync($"?index={before.Index}&wait=10ms");
        Assert.Equal((HttpStatusCode.OK, before.Index), (after.Status, after.Index));
        AssertQueryHeaders(after);
        Assert.Equal(1, after.Json.GetArrayLength());
    }
}
