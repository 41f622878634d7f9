using System.Text.Json;
using MeshClient.TestKit;

namespace MeshClient.DevRegistry.Tests.Intentions;

/// <summary>The rules as tests set them by code, and as clients then read them.</summary>
public sealed class DevRegistryIntentionsTests : IAsyncLifetime
{
    private DevRegistryServer registry = null!;
    private HttpClient client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        registry = await DevRegistryServer.StartAsync(new DevRegistryOptions { DefaultIntention = IntentionAction.Deny }, Cancellation);
        client = new HttpClient { BaseAddress = registry.Address };
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task The_last_word_about_a_pair_counts()
    {
        Assert.False(await AllowedAsync("web", "db"));
        await registry.Intentions.AllowAsync("web", "db");
        Assert.True(await AllowedAsync("web", "db"));
        await registry.Intentions.DenyAsync("web", "db");
        Assert.False(await AllowedAsync("web", "db"));
        Assert.Single((await GetAsync("/v1/connect/intentions")).EnumerateArray());
        await registry.Intentions.AllowAsync("*", "*");
        Assert.True(await registry.Intentions.RemoveAsync("web", "db"));
        Assert.False(await registry.Intentions.RemoveAsync("web", "db"));
        Assert.True(await AllowedAsync("web", "db"));
    }

    [Fact]
    public async Task A_change_by_code_wakes_those_who_wait()
    {
        await registry.Intentions.AllowAsync("web", "db");
        using var list = await client.GetAsync("/v1/connect/intentions", Cancellation);
        var index = list.Headers.GetValues("X-Consul-Index").Single();
        var waiting = GetAsync($"/v1/connect/intentions/match?by=destination&name=db&index={index}&wait=5m");
        await Eventually.True(() => registry.WaitingQueries == 1, cancellationToken: Cancellation);
        await registry.Intentions.DenyAsync("web", "db");
        Assert.Equal("deny", (await waiting).GetProperty("db")[0].GetProperty("Action").GetString());
    }

    [Fact]
    public async Task The_default_is_told_as_the_policy_of_an_agents_acls()
    {
        var config = (await GetAsync("/v1/agent/self")).GetProperty("DebugConfig");
        Assert.True(config.GetProperty("ACLsEnabled").GetBoolean());
        Assert.Equal("deny", config.GetProperty("ACLDefaultPolicy").GetString());
    }

    [Theory]
    [InlineData("""[{"Action":"allow","HTTP":{"PathPrefix":"/read","Methods":["GET"]}},{"Action":"deny","HTTP":{"PathExact":"/"}}]""")]
    [InlineData("""[{"Action":"allow","HTTP":{},"JWT":{"Providers":[]}}]""")]
    public async Task Permissions_are_handed_on_as_they_are(string permissions)
    {
        await registry.Intentions.SetPermissionsAsync("web", "db", permissions);
        using var posted = new StringContent($$"""{"SourceName":"api","DestinationName":"db","Permissions":{{permissions}}}""");
        (await client.PostAsync("/v1/connect/intentions", posted, Cancellation)).EnsureSuccessStatusCode();
        foreach (var intention in (await GetAsync("/v1/connect/intentions/match?by=destination&name=db")).GetProperty("db").EnumerateArray())
        {
            Assert.Equal(permissions, intention.GetProperty("Permissions").GetRawText());
            Assert.False(intention.TryGetProperty("Action", out _));
        }
        Assert.False(await AllowedAsync("web", "db"));
    }

    [Theory]
    [InlineData("""{"SourceName":"a","DestinationName":"b","Permissions":[]}""", "Permissions must be a list with at least one entry")]
    [InlineData("""{"SourceName":"a","DestinationName":"b","Permissions":[{}]}""", "Permissions[0].Action must be set to 'allow' or 'deny'")]
    [InlineData(
        """{"SourceName":"a","DestinationName":"b","Action":"deny","Permissions":[{"Action":"allow"}]}""",
        "Action must be omitted if Permissions are specified")]
    public async Task Bad_permissions_are_refused(string body, string expected)
    {
        using var posted = new StringContent(body);
        using var response = await client.PostAsync("/v1/connect/intentions", posted, Cancellation);
        Assert.Equal($"1 error occurred:\n\t* {expected}\n\n", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task A_wipe_forgets_the_rules()
    {
        await registry.Intentions.AllowAsync("web", "db");
        registry.Wipe();
        Assert.False(await AllowedAsync("web", "db"));
        await registry.Intentions.AllowAsync("web", "db");
        Assert.True(await AllowedAsync("web", "db"));
    }

    [Fact]
    public async Task Bad_arguments_are_named()
    {
        await Assert.ThrowsAsync<ArgumentException>("source", () => registry.Intentions.AllowAsync("", "db"));
        await Assert.ThrowsAsync<ArgumentException>("destination", () => registry.Intentions.DenyAsync("web", "d*"));
        await Assert.ThrowsAsync<ArgumentException>("permissions", () => registry.Intentions.SetPermissionsAsync("web", "db", "{}"));
        await Assert.ThrowsAsync<ArgumentException>("permissions", () => registry.Intentions.SetPermissionsAsync("web", "db", "nonsense"));
    }

    private async Task<bool> AllowedAsync(string source, string destination) =>
        (await GetAsync($"/v1/connect/intentions/check?source={source}&destination={destination}")).GetProperty("Allowed").GetBoolean();

    private async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await client.GetStringAsync(path, Cancellation)).RootElement;
}
