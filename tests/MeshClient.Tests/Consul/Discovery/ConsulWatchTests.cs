using MeshClient.Consul;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Discovery;

public sealed class ConsulWatchTests
{
    private static readonly ServiceName Web = new("web");

    private readonly FakeTimeProvider _time = new();
    private readonly TestLog<ConsulRegistry> _log = new();
    private readonly ScriptedAgent _agent = new(_ => ScriptedAgent.Ok());

    [Fact]
    public async Task A_change_is_published_and_what_only_returns_is_not()
    {
        var watch = Watch();
        Assert.Equal("web-1", Snapshot(await AnswerAsync(watch, Recorded.Web(1), 10)));
        Assert.Empty((await AnswerAsync(watch, Recorded.Web(1), 10)).Updates);
        Assert.Empty((await AnswerAsync(watch, Recorded.Web(1), 15)).Updates);
        Assert.Equal("web-1,web-2", Snapshot(await AnswerAsync(watch, Recorded.Web(1, 2), 16)));
        Assert.Equal(
            ["GET /v1/health/service/web?stale", "GET /v1/health/service/web?stale&index=10&wait=30s",
             "GET /v1/health/service/web?stale&index=10&wait=30s", "GET /v1/health/service/web?stale&index=15&wait=30s"], _agent.Requests);
    }

    [Fact]
    public async Task The_index_of_an_error_is_never_taken_and_the_next_query_answers_at_once()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1), 33);
        var failed = await FailAsync(watch, 500, "No cluster leader");
        var fault = Assert.IsType<RegistryUpdate.Fault>(Assert.Single(failed.Updates));
        Assert.Contains("No cluster leader", fault.Reason, StringComparison.Ordinal);
        Assert.Equal("500", fault.ErrorType);
        Assert.InRange(failed.Rest, TimeSpan.FromMilliseconds(125), TimeSpan.FromMilliseconds(250));

        Assert.Equal("web-1", Snapshot(await AnswerAsync(watch, Recorded.Web(1), 33)));
        Assert.EndsWith("?stale", _agent.Requests.Last(), StringComparison.Ordinal);
        await AnswerAsync(watch, Recorded.Web(1), 33);
        Assert.EndsWith("index=33&wait=30s", _agent.Requests.Last(), StringComparison.Ordinal);
        Assert.Equal(0, _log.Count(1021));
    }

    [Fact]
    public async Task Failures_back_off_to_a_cap_and_a_success_forgets_them()
    {
        var watch = Watch();
        var rests = new List<TimeSpan>();
        for (var i = 0; i < 12; i++)
            rests.Add((await FailAsync(watch, 500, "rpc error")).Rest);
        for (var i = 0; i < rests.Count; i++)
        {
            var bound = Math.Min(15, 0.25 * Math.Pow(2, i));
            Assert.InRange(rests[i].TotalSeconds, bound / 2, bound);
        }
        await AnswerAsync(watch, Recorded.Web(1), 1);
        Assert.True((await FailAsync(watch, 500, "rpc error")).Rest <= TimeSpan.FromMilliseconds(250));
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(86400, 60)]
    public async Task Retry_after_is_honoured_up_to_a_minute(int seconds, int expected)
    {
        _agent.Answer = (_, _) => Task.FromResult(ScriptedAgent.Error(429, "slow down", TimeSpan.FromSeconds(seconds)));
        Assert.Equal(TimeSpan.FromSeconds(expected), (await StepAsync(Watch())).Rest);
    }

    [Fact]
    public async Task Without_a_leader_the_set_is_stale_until_there_is_one()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1), 17);
        var step = await AnswerAsync(watch, Recorded.Web(1), 17, leader: false, lastContact: 11_639);
        var stale = Assert.IsType<RegistryUpdate.Stale>(Assert.Single(step.Updates));
        Assert.Equal(_time.GetUtcNow().AddMilliseconds(-11_639), stale.Since);

        Assert.Empty((await AnswerAsync(watch, Recorded.Web(1), 17, leader: false, lastContact: 18_663)).Updates);
        Assert.EndsWith("wait=5s", _agent.Requests.Last(), StringComparison.Ordinal);
        Assert.Equal("web-1", Snapshot(await AnswerAsync(watch, Recorded.Web(1), 17)));
    }

    [Theory]
    [InlineData(10_000, 0)]
    [InlineData(10_001, 1)]
    public async Task A_server_out_of_touch_is_stale(long lastContact, int updates)
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1), 17);
        Assert.Equal(updates, (await AnswerAsync(watch, Recorded.Web(1), 17, lastContact: lastContact)).Updates.Length);
    }

    [Fact]
    public async Task A_wiped_Consul_does_not_empty_the_set_while_instances_register_again()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1, 2), 142);
        var step = await AnswerAsync(watch, "[]", 12);
        var stale = Assert.IsType<RegistryUpdate.Stale>(Assert.Single(step.Updates));
        Assert.Contains("RestartGrace", stale.Reason, StringComparison.Ordinal);
        Assert.Equal(1, _log.Count(1021));

        Assert.Empty((await AnswerAsync(watch, Recorded.Web(1), 13)).Updates);
        _time.Advance(TimeSpan.FromSeconds(58));
        await AnswerAsync(watch, Recorded.Web(1), 13);
        Assert.EndsWith("index=13&wait=2s", _agent.Requests.Last(), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("web-1", Snapshot(await AnswerAsync(watch, Recorded.Web(1), 13)));
    }

    [Fact]
    public async Task When_all_are_back_the_set_is_current_again()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1, 2), 142);
        await AnswerAsync(watch, "[]", 12);
        Assert.Equal("web-1,web-2", Snapshot(await AnswerAsync(watch, Recorded.Web(1, 2), 14)));
    }

    [Fact]
    public async Task An_agent_that_was_away_and_lost_instances_counts_as_restarted_whatever_its_index()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1, 2), 13);
        _agent.Answer = (_, _) => throw ScriptedAgent.Refused();
        Assert.IsType<RegistryUpdate.Fault>(Assert.Single((await StepAsync(watch)).Updates));
        var step = await AnswerAsync(watch, Recorded.Web(1), 14);
        Assert.IsType<RegistryUpdate.Stale>(Assert.Single(step.Updates));

        step = await AnswerAsync(watch, Recorded.Web(1, 3), 15);
        Assert.Equal("web-1,web-3,web-2", Snapshot(step with { Updates = [step.Updates[0]] }));
        Assert.IsType<RegistryUpdate.Stale>(step.Updates[1]);
    }

    [Fact]
    public async Task Without_a_restart_a_deregistration_is_final_at_once()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1, 2), 13);
        Assert.Equal("web-2", Snapshot(await AnswerAsync(watch, Recorded.Web(2), 14)));
        Assert.Equal("", Snapshot(await AnswerAsync(watch, "[]", 15)));
    }

    [Theory]
    [InlineData(true, false, "service \"web\" { policy = \"read\" }")]
    [InlineData(false, true, "node_prefix \"\" { policy = \"read\" }")]
    public async Task An_empty_answer_for_lack_of_a_right_keeps_the_set_and_names_the_right(bool denied, bool blind, string rule)
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1), 33);
        var step = await AnswerAsync(watch, "[]", 81, denied: denied, blind: blind);
        var fault = Assert.IsType<RegistryUpdate.Fault>(Assert.Single(step.Updates));
        Assert.Contains(rule, fault.Reason, StringComparison.Ordinal);

        // The right is given back: the same set is good again.
        Assert.Equal("web-1", Snapshot(await AnswerAsync(watch, Recorded.Web(1), 81)));
    }

    [Fact]
    public async Task A_first_empty_answer_is_verified_once()
    {
        var watch = Watch();
        Assert.Equal("", Snapshot(await AnswerAsync(watch, "[]", 12)));
        await AnswerAsync(watch, "[]", 12);
        await AnswerAsync(watch, "[]", 14);
        Assert.Equal((1, 1), (_agent.Count("GET /v1/discovery-chain/web?stale"), _agent.Count("GET /v1/catalog/nodes?stale")));
    }

    [Fact]
    public async Task A_newer_Consul_that_says_it_filtered_is_believed_without_probes()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1), 33);
        _agent.Answer = (_, _) =>
        {
            var response = ScriptedAgent.Json("[]", 34);
            response.Headers.Add("X-Consul-Results-Filtered-By-ACLs", "true");
            return Task.FromResult(response);
        };
        Assert.IsType<RegistryUpdate.Fault>(Assert.Single((await StepAsync(watch)).Updates));
        Assert.Equal(0, _agent.Count("GET /v1/discovery-chain"));
    }

    [Fact]
    public async Task A_probe_that_fails_leaves_the_set_as_it_was()
    {
        var watch = Watch();
        await AnswerAsync(watch, Recorded.Web(1), 33);
        _agent.Answer = (request, _) => Task.FromResult(request.RequestUri!.AbsolutePath.StartsWith("/v1/health", StringComparison.Ordinal)
            ? ScriptedAgent.Json("[]", 34)
            : ScriptedAgent.Error(500, "No cluster leader"));
        Assert.IsType<RegistryUpdate.Fault>(Assert.Single((await StepAsync(watch)).Updates));
        Assert.Equal("", Snapshot(await AnswerAsync(watch, "[]", 34)));
    }

    [Fact]
    public async Task Without_an_index_there_is_nothing_to_wait_on_and_the_watch_polls()
    {
        var watch = Watch();
        var step = await AnswerAsync(watch, Recorded.Web(1), null);
        Assert.Equal(TimeSpan.FromSeconds(10), step.Rest);
        await AnswerAsync(watch, Recorded.Web(1), null);
        Assert.All(_agent.Requests, request => Assert.EndsWith("?stale", request, StringComparison.Ordinal));
    }

    private ConsulWatch Watch(ConsulOptions? options = null) =>
        new(Web, mutualTls: false, _agent.Client(_time, options), _time, new SeededRandom(7), _log);

    private static Task<WatchStep> StepAsync(ConsulWatch watch) => watch.StepAsync(polled: false, TestContext.Current.CancellationToken);

    private Task<WatchStep> FailAsync(ConsulWatch watch, int status, string body)
    {
        _agent.Answer = (_, _) => Task.FromResult(ScriptedAgent.Error(status, body));
        return StepAsync(watch);
    }

    private Task<WatchStep> AnswerAsync(
        ConsulWatch watch, string body, ulong? index, bool leader = true, long lastContact = 0, bool denied = false, bool blind = false)
    {
        _agent.Answer = (request, _) => Task.FromResult(request.RequestUri!.AbsolutePath switch
        {
            "/v1/discovery-chain/web" => denied ? ScriptedAgent.Error(403, "Permission denied") : ScriptedAgent.Json("{}"),
            "/v1/catalog/nodes" => ScriptedAgent.Json(blind ? "[]" : "[{\"ID\":\"e1aceb00\"}]"),
            _ => ScriptedAgent.Json(body, index, leader, lastContact),
        });
        return StepAsync(watch);
    }

    private static string Snapshot(WatchStep step) =>
        string.Join(',', Assert.IsType<RegistryUpdate.Snapshot>(Assert.Single(step.Updates)).Value.Endpoints
            .Select(endpoint => endpoint.InstanceId["node-a/".Length..]));
}
