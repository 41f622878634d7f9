using System.Net;
using System.Text.Json;

namespace MeshClient.DevRegistry.Tests.Parity;

public abstract partial class ParityScenarios
{
    private const string Intentions = "/v1/connect/intentions";

    private static readonly string[] IntentionFields =
    [
        "Action", "CreateIndex", "CreatedAt", "DefaultAddr", "DefaultPort", "Description", "DestinationNS", "DestinationName", "Hash", "ID",
        "Meta", "ModifyIndex", "Precedence", "SourceNS", "SourceName", "SourceType", "UpdatedAt",
    ];

    [Fact]
    public async Task An_intention_has_the_same_shape_and_values()
    {
        var id = await IntendAsync("web", name, "allow", ",\"Description\":\"d\",\"Meta\":{\"k\":\"v\"}");
        Assert.True(Guid.TryParse(id, out _));
        var read = await client.GetAsync($"{Intentions}/{id}");
        Assert.Null(read.Header("X-Consul-Index"));
        var intention = read.Json;
        Assert.Equal(IntentionFields, Names(intention));
        Assert.Equal($$"""{"ID":"{{id}}","Description":"d","Action":"allow"}""", Pick(intention, "ID", "Description", "Action"));
        Assert.Equal("""{"SourceNS":"default","SourceName":"web"}""", Pick(intention, "SourceNS", "SourceName"));
        Assert.Equal($$"""{"DestinationNS":"default","DestinationName":"{{name}}"}""", Pick(intention, "DestinationNS", "DestinationName"));
        Assert.Equal(
            """{"SourceType":"consul","DefaultAddr":"","DefaultPort":0,"Meta":{"k":"v"},"Precedence":9}""",
            Pick(intention, "SourceType", "DefaultAddr", "DefaultPort", "Meta", "Precedence"));
        Assert.Equal(Text(intention, "CreatedAt"), Text(intention, "UpdatedAt"));
        Assert.Equal(32, Convert.FromBase64String(Text(intention, "Hash")).Length);
        Assert.Equal(intention.GetProperty("CreateIndex").GetUInt64(), intention.GetProperty("ModifyIndex").GetUInt64());
    }

    [Fact]
    public async Task Intentions_are_tried_in_the_same_order()
    {
        string[] ids =
        [
            await IntendAsync("*", "*", "allow"), await IntendAsync(name, "*", "deny"), await IntendAsync("*", name, "deny"),
            await IntendAsync("web", name, "allow"), await IntendAsync("api", name, "deny"),
        ];
        try
        {
            var byDestination = (await client.GetAsync($"{Intentions}/match?by=destination&name={name}")).Json.GetProperty(name);
            Assert.Equal(
                [$"9 api {name} deny", $"9 web {name} allow", $"8 * {name} deny", $"6 {name} * deny", "5 * * allow"], Summaries(byDestination));
            var bySource = (await client.GetAsync($"{Intentions}/match?by=source&name={name}")).Json.GetProperty(name);
            Assert.Equal([$"6 {name} * deny", "5 * * allow"], Summaries(bySource).Where(line => !line.StartsWith("8 *", StringComparison.Ordinal)));
            var all = await client.GetAsync(Intentions);
            Assert.True(all.Index > 0);
            Assert.Equal("true", all.Header("X-Consul-Knownleader"));
            var mine = all.Json.EnumerateArray().Where(entry => ids.Contains(Text(entry, "ID"))).ToArray();
            Assert.Equal(Summaries(byDestination), Summaries(JsonSerializer.SerializeToElement(mine)));
            Assert.Equal((true, false), (await AllowedAsync("web", name), await AllowedAsync("api", name)));
            Assert.Equal((false, false, true), (await AllowedAsync("x", name), await AllowedAsync(name, "y"), await AllowedAsync("x", "y")));
        }
        finally
        {
            foreach (var id in ids)
            {
                Assert.Equal("true", (await client.SendAsync(HttpMethod.Delete, $"{Intentions}/{id}", null)).Text.Trim());
            }
        }
    }

    [Fact]
    public async Task A_match_answers_each_name_and_null_for_none()
    {
        await IntendAsync("web", name, "allow");
        var answer = await client.GetAsync($"{Intentions}/match?by=destination&name={name}&name={name}-none");
        Assert.Null(answer.Header("X-Consul-Index"));
        Assert.Equal([name, $"{name}-none"], Names(answer.Json));
        Assert.Equal(IntentionFields, Names(answer.Json.GetProperty(name)[0]));
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty($"{name}-none").ValueKind);
    }

    [Fact]
    public async Task Without_an_intention_calls_are_allowed() => Assert.True(await AllowedAsync(name, $"{name}-b"));

    [Fact]
    public async Task A_pair_has_one_intention_which_can_be_changed_and_deleted()
    {
        var id = await IntendAsync("web", name, "allow");
        var twice = await client.SendAsync(HttpMethod.Post, Intentions, Intention("web", name, "deny"));
        Assert.Equal(
            (HttpStatusCode.InternalServerError,
                $"duplicate intention found: ALLOW default/web => default/{name} (ID: {id}, Precedence: 9)"),
            (twice.Status, twice.Text));

        var changed = await client.PutAsync($"{Intentions}/{id}", Intention("web2", name, "deny"));
        Assert.Equal((HttpStatusCode.OK, id), (changed.Status, Text(changed.Json, "ID")));
        var read = (await client.GetAsync($"{Intentions}/{id}")).Json;
        Assert.Equal("""{"SourceName":"web2","Action":"deny"}""", Pick(read, "SourceName", "Action"));
        Assert.True(read.GetProperty("ModifyIndex").GetUInt64() > read.GetProperty("CreateIndex").GetUInt64());

        Assert.Equal("true", (await client.SendAsync(HttpMethod.Delete, $"{Intentions}/{id}", null)).Text.Trim());
        var gone = await client.GetAsync($"{Intentions}/{id}");
        Assert.Equal((HttpStatusCode.NotFound, "Intention not found"), (gone.Status, gone.Text));
    }

    [Fact]
    public async Task Any_change_wakes_those_who_wait_for_a_match_or_the_list()
    {
        await IntendAsync("web", name, "allow");
        var index = (await client.GetAsync(Intentions)).Index;
        var match = client.GetAsync($"{Intentions}/match?by=destination&name={name}&index={index}&wait=5m");
        var list = client.GetAsync($"{Intentions}?index={index}&wait=5m");
        var other = await IntendAsync("web", $"{name}-other", "deny");
        Assert.Equal([$"9 web {name} allow"], Summaries((await match).Json.GetProperty(name)));
        Assert.True((await list).Index > index);

        index = (await list).Index;
        match = client.GetAsync($"{Intentions}/match?by=destination&name={name}-other&index={index}&wait=5m");
        await client.SendAsync(HttpMethod.Delete, $"{Intentions}/{other}", null);
        Assert.Equal(JsonValueKind.Null, (await match).Json.GetProperty($"{name}-other").ValueKind);
    }

    [Fact]
    public async Task Without_a_change_a_match_ends_after_its_wait()
    {
        await IntendAsync("web", name, "allow");
        var index = (await client.GetAsync(Intentions)).Index;
        var match = await client.GetAsync($"{Intentions}/match?by=destination&name={name}&index={index}&wait=10ms");
        Assert.Equal([$"9 web {name} allow"], Summaries(match.Json.GetProperty(name)));
        Assert.Equal(index, (await client.GetAsync($"{Intentions}?index={index}&wait=10ms")).Index);
    }

    [Theory]
    [InlineData("""{}""", "3 errors occurred:\n\t* SourceName must be set\n\t* DestinationName must be set\n\t* Action must be set to 'allow' or 'deny'\n\n")]
    [InlineData("""{"SourceName":"a","DestinationName":"b","Action":"maybe"}""", "1 error occurred:\n\t* Action must be set to 'allow' or 'deny'\n\n")]
    [InlineData("""{"SourceName":"a","DestinationName":"b","Action":"ALLOW"}""", "1 error occurred:\n\t* Action must be set to 'allow' or 'deny'\n\n")]
    [InlineData(
        """{"SourceName":"a*","DestinationName":"b*","Action":"deny"}""",
        "2 errors occurred:\n\t* SourceName: wildcard character '*' cannot be used with partial values\n"
            + "\t* DestinationName: wildcard character '*' cannot be used with partial values\n\n")]
    [InlineData(
        """{"SourceName":"a","DestinationName":"b","DestinationNS":"*","Action":"deny"}""",
        "1 error occurred:\n\t* DestinationName: exact value cannot follow wildcard namespace\n\n")]
    [InlineData(
        """{"SourceName":"a","DestinationName":"b","SourceType":"x","Action":"deny"}""", "1 error occurred:\n\t* SourceType must be set to 'consul'\n\n")]
    [InlineData("""{"ID":"x","SourceName":"a","DestinationName":"b","Action":"deny"}""", "ID must be empty when creating a new intention")]
    [InlineData(
        """{"SourceName":"a","DestinationName":"b","Action":"deny","Bogus":1}""", "Failed to decode request body: json: unknown field \"Bogus\"")]
    public async Task Bad_intentions_are_refused_in_the_same_words(string body, string expected)
    {
        var answer = await client.SendAsync(HttpMethod.Post, Intentions, body);
        Assert.Equal((HttpStatusCode.InternalServerError, expected), (answer.Status, answer.Text));
        Assert.Equal("text/plain; charset=utf-8", answer.ContentType);
    }

    [Theory]
    [InlineData("POST", "", "{bad", 500, "Failed to decode request body: ")]
    [InlineData("POST", "", "", 500, "Failed to decode request body: ")]
    [InlineData("GET", "/match?name=db", null, 500, "required query parameter 'by' not set")]
    [InlineData("GET", "/match?by=destination", null, 500, "required query parameter 'name' not set")]
    [InlineData("GET", "/match?by=bogus&name=db", null, 500, "'by' parameter must be one of 'source' or 'destination'")]
    [InlineData("GET", "/check?source=web", null, 500, "required query parameter 'destination' not set")]
    [InlineData("GET", "/check?destination=web", null, 500, "required query parameter 'source' not set")]
    [InlineData("GET", "/check?source=a&destination=b&source-type=x", null, 500, "unsupported SourceType: \"x\"")]
    [InlineData("GET", "/11111111-2222-3333-4444-555555555555", null, 404, "Intention not found")]
    [InlineData("GET", "/exact?source=a&destination=b", null, 400, "Bad request: failed intention lookup: index error: UUID must be 36 characters")]
    [InlineData("DELETE", "/nope", null, 500, "Intention lookup failed: failed intention lookup: index error: UUID must be 36 characters")]
    [InlineData(
        "DELETE", "/11111111-2222-3333-4444-555555555555", null, 500, "Cannot delete non-existent intention: '11111111-2222-3333-4444-555555555555'")]
    [InlineData(
        "PUT",
        "/11111111-2222-3333-4444-555555555555",
        """{"SourceName":"a","DestinationName":"b","Action":"deny"}""",
        500,
        "Cannot modify non-existent intention: '11111111-2222-3333-4444-555555555555'")]
    [InlineData("PUT", "", "{}", 405, "method PUT not allowed")]
    [InlineData("POST", "/match", "{}", 405, "method POST not allowed")]
    public async Task Calls_about_intentions_are_refused_in_the_same_words(string method, string path, string? body, int status, string expected)
    {
        var answer = await client.SendAsync(new HttpMethod(method), Intentions + path, body);
        Assert.Equal(status, (int)answer.Status);
        Assert.StartsWith(expected, answer.Text, StringComparison.Ordinal);
    }

    private static string Intention(string source, string destination, string action, string more = "") =>
        $$"""{"SourceName":"{{source}}","DestinationName":"{{destination}}","Action":"{{action}}"{{more}}}""";

    private static List<string> Summaries(JsonElement intentions) =>
    [
        .. intentions.EnumerateArray().Select(static entry =>
            $"{entry.GetProperty("Precedence")} {Text(entry, "SourceName")} {Text(entry, "DestinationName")} {Text(entry, "Action")}"),
    ];

    private async Task<string> IntendAsync(string source, string destination, string action, string more = "")
    {
        var answer = await client.SendAsync(HttpMethod.Post, Intentions, Intention(source, destination, action, more));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return Text(answer.Json, "ID");
    }

    private async Task<bool> AllowedAsync(string source, string destination) =>
        (await client.GetAsync($"{Intentions}/check?source={source}&destination={destination}")).Json.GetProperty("Allowed").GetBoolean();
}
