using MeshClient.Consul.Intentions;
using MeshClient.Intentions;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Intentions;

public sealed class ConsulIntentionSourceTests : IAsyncDisposable
{
    private const string Match = "GET /v1/connect/intentions/match?by=destination&name=db";
    private const string List = "GET /v1/connect/intentions?filter=DestinationName%3D%3D%22db%22";
    private const string Self = "GET /v1/agent/self";
    private const string NoAcls = """{"ACLsEnabled":false,"ACLDefaultPolicy":"allow"}""";

    private readonly FakeTimeProvider _time = new();
    private readonly Dictionary<string, Func<HttpResponseMessage>> _answers = [];
    private readonly TestLog<IntentionKeeper> _log = new();
    private readonly ScriptedAgent _agent;
    private readonly IAsyncEnumerator<IntentionUpdate> _updates;
    private readonly CancellationTokenSource _stop = new();

    public ConsulIntentionSourceTests()
    {
        _agent = new ScriptedAgent(Answer);
        _updates = new ConsulIntentionSource("db", _agent.Client(_time), _time, new SeededRandom(1), _log).WatchAsync(_stop.Token).GetAsyncEnumerator();
        _answers[Self] = () => ScriptedAgent.Json(RecordedIntentions.Self(NoAcls), null);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _updates.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task An_agent_that_gives_no_index_is_waited_on_by_its_list()
    {
        _answers[Match] = () => ScriptedAgent.Json(RecordedIntentions.Match, null);
        _answers[List] = () => ScriptedAgent.Json("[]", 68);
        var set = await KnownAsync();
        Assert.Equal((4, true), (set.Intentions.Length, set.AllowByDefault));
        Assert.Equal([Match, List, Match, Self], _agent.Requests);

        // A return without a change is not told; the next one is, and it is read after the index.
        var changed = RecordedIntentions.Db("web", "deny");
        var index = 68UL;
        _answers[List + "&index=68&wait=30s"] = () => ScriptedAgent.Json("[]", index);
        _answers[Match] = () =>
        {
            var answer = ScriptedAgent.Json(index == 69 ? changed : RecordedIntentions.Match, null);
            index = 69;
            return answer;
        };
        Assert.Equal("web -> db", Assert.Single((await KnownAsync()).Intentions).ToString());
        Assert.Equal(
            [Match, List, Match, Self, List + "&index=68&wait=30s", Match, List + "&index=68&wait=30s", Match], _agent.Requests);
    }

    [Fact]
    public async Task An_agent_that_gives_an_index_is_waited_on_by_the_intentions_themselves()
    {
        _answers[Match] = () => ScriptedAgent.Json(RecordedIntentions.Db("web", "allow"), 20);
        _answers[Match + "&index=20&wait=30s"] = () => ScriptedAgent.Json(RecordedIntentions.Db("web", "deny"), 21);
        Assert.Equal(IntentionAction.Allow, Assert.Single((await KnownAsync()).Intentions).Action);
        Assert.Equal(IntentionAction.Deny, Assert.Single((await KnownAsync()).Intentions).Action);
        Assert.Equal([Match, Self, Match + "&index=20&wait=30s"], _agent.Requests);
    }

    [Theory]
    [InlineData("""{"ACLsEnabled":false,"ACLDefaultPolicy":"deny"}""", true)]
    [InlineData("""{"ACLsEnabled":true,"ACLDefaultPolicy":"allow"}""", true)]
    [InlineData("""{"ACLsEnabled":true,"ACLDefaultPolicy":"deny"}""", false)]
    [InlineData("""{"ACLsEnabled":true,"ACLDefaultPolicy":"strange"}""", false)]
    [InlineData("""{"ACLResolverSettings":{"ACLsEnabled":true,"ACLDefaultPolicy":"allow"}}""", true)]
    [InlineData("""{"ACLsEnabled":true,"ACLResolverSettings":{"ACLDefaultPolicy":"deny"}}""", false)]
    [InlineData("""{"DefaultIntentionPolicy":"deny","ACLsEnabled":false}""", false)]
    [InlineData("""{"DefaultIntentionPolicy":"allow","ACLsEnabled":true,"ACLDefaultPolicy":"deny"}""", true)]
    [InlineData("""{"DefaultIntentionPolicy":"","ACLsEnabled":false}""", true)]
    public async Task The_default_is_what_the_agent_says(string config, bool expected)
    {
        _answers[Match] = () => ScriptedAgent.Json("""{"db":null}""", 20);
        _answers[Self] = () => ScriptedAgent.Json(RecordedIntentions.Self(config), null);
        Assert.Equal(expected, (await KnownAsync()).AllowByDefault);
        Assert.Equal(0, _agent.Count("GET /v1/connect/intentions/check"));
    }

    [Theory]
    [InlineData(403, "", true, true)]
    [InlineData(403, "", false, false)]
    [InlineData(200, "{}", true, true)]
    [InlineData(200, "null", false, false)]
    [InlineData(200, """{"ACLsEnabled":true}""", false, false)]
    public async Task Where_the_agent_does_not_say_the_servers_are_asked_about_a_caller_that_nobody_is(int status, string config, bool allowed, bool expected)
    {
        _answers[Match] = () => ScriptedAgent.Json(RecordedIntentions.Db("web", "deny"), 20);
        _answers[Self] = () => status == 403 ? ScriptedAgent.Error(403, "Permission denied") : ScriptedAgent.Json(RecordedIntentions.Self(config), null);
        _answers["GET /v1/connect/intentions/check?source=mesh-default-of-intentions&destination=db"] =
            () => ScriptedAgent.Json(allowed ? """{"Allowed":true}""" : """{"Allowed":false}""", null);
        Assert.Equal(expected, (await KnownAsync()).AllowByDefault);
    }

    [Fact]
    public async Task Where_everyone_has_an_intention_a_default_that_nobody_tells_denies()
    {
        _answers[Match] = () => ScriptedAgent.Json(RecordedIntentions.Db("*", "allow"), 20);
        _answers[Self] = () => ScriptedAgent.Error(403, "Permission denied");
        Assert.False((await KnownAsync()).AllowByDefault);
        Assert.Equal(0, _agent.Count("GET /v1/connect/intentions/check"));
    }

    [Fact]
    public async Task An_agent_that_may_not_tell_its_default_is_not_asked_again_and_that_is_said_once()
    {
        _answers[Match] = () => ScriptedAgent.Json(RecordedIntentions.Db("*", "allow"), 20);
        _answers[Match + "&index=20&wait=30s"] = () => ScriptedAgent.Json(RecordedIntentions.Db("*", "deny"), 21);
        _answers[Match + "&index=21&wait=30s"] = () => ScriptedAgent.Error(500, "rpc error");
        _answers[Self] = () => ScriptedAgent.Error(403, "Permission denied");
        Assert.False((await KnownAsync()).AllowByDefault);
        Assert.False((await KnownAsync()).AllowByDefault);
        Assert.Equal(1, _agent.Count(Self));

        // After a failure another agent may answer.
        Assert.IsType<IntentionUpdate.Fault>(await NextAsync());
        Assert.False((await KnownAsync()).AllowByDefault);
        Assert.Equal((2, 1), (_agent.Count(Self), _log.Count(1648)));
    }

    [Fact]
    public async Task A_failure_is_told_and_all_is_read_anew_after_it()
    {
        _answers[Match] = () => ScriptedAgent.Json(RecordedIntentions.Db("web", "allow"), 20);
        _answers[Match + "&index=20&wait=30s"] = () => ScriptedAgent.Error(403, "Permission denied");
        Assert.True((await KnownAsync()).AllowByDefault);
        var fault = Assert.IsType<IntentionUpdate.Fault>(await NextAsync());
        Assert.Equal("403", fault.ErrorType);
        Assert.Contains("""service "db" { policy = "read" intentions = "read" }""", fault.Reason, StringComparison.Ordinal);

        // Another agent, by now: the index is not taken over, and neither is the default.
        _answers[Self] = () => ScriptedAgent.Json(RecordedIntentions.Self("""{"ACLsEnabled":true,"ACLDefaultPolicy":"deny"}"""), null);
        Assert.False((await KnownAsync()).AllowByDefault);
        Assert.Equal([Match, Self, Match + "&index=20&wait=30s", Match, Self], _agent.Requests);
    }

    [Fact]
    public async Task An_answer_that_is_no_list_of_intentions_is_a_fault()
    {
        _answers[Match] = () => ScriptedAgent.Json("""{"db":[{"SourceName":"web","Act""", 20);
        Assert.Contains("Expected JSON", Assert.IsType<IntentionUpdate.Fault>(await NextAsync()).Reason, StringComparison.Ordinal);
        _answers[Match] = () => ScriptedAgent.Json("""{"web":[]}""", 20);
        Assert.Contains("no list of intentions", Assert.IsType<IntentionUpdate.Fault>(await NextAsync()).Reason, StringComparison.Ordinal);
    }

    private HttpResponseMessage Answer(string request) =>
        _answers.TryGetValue(request, out var answer) ? answer() : throw new InvalidOperationException($"Expected no {request}.");

    private async Task<IntentionSet> KnownAsync() => Assert.IsType<IntentionUpdate.Known>(await NextAsync()).Value;

    private async Task<IntentionUpdate> NextAsync()
    {
        var next = _updates.MoveNextAsync().AsTask();
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () => next.IsCompleted);
        Assert.True(await next);
        return _updates.Current;
    }
}
