using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Model;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Api;

public sealed class HealthApiTests
{
    private static readonly ServiceName Web = new("web");

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_first_query_does_not_wait_and_a_later_one_does()
    {
        var agent = new ScriptedAgent(_ => ScriptedAgent.Json(Recorded.WebWithoutAddress, 33, lastContact: 3));
        using var client = agent.Client(_time);
        var answer = await client.Health.ServiceAsync(new HealthQuery(Web, 0, TimeSpan.FromSeconds(30)), Cancellation);
        await client.Health.ServiceAsync(new HealthQuery(new ServiceName("a b".Replace(' ', '&'), "dc2"), 33, TimeSpan.FromSeconds(30)), Cancellation);

        Assert.Equal(["GET /v1/health/service/web?stale", "GET /v1/health/service/a%26b?stale&dc=dc2&index=33&wait=30s"], agent.Requests);
        Assert.Equal((33ul, true, TimeSpan.FromMilliseconds(3), false), (answer.Index!.Value, answer.KnownLeader, answer.LastContact, answer.FilteredByAcls));
        Assert.Equal("web", Assert.Single(answer.Entries).Service?.ID);
    }

    [Fact]
    public async Task The_configured_datacenter_is_asked_unless_the_caller_names_one()
    {
        var agent = new ScriptedAgent(_ => ScriptedAgent.Json("[]"));
        using var client = agent.Client(_time, new ConsulOptions { Datacenter = "dc1" });
        await client.Health.ServiceAsync(new HealthQuery(Web, 0, default), Cancellation);
        await client.Health.ServiceAsync(new HealthQuery(new ServiceName("web", "dc2"), 0, default), Cancellation);
        Assert.Equal(["GET /v1/health/service/web?stale&dc=dc1", "GET /v1/health/service/web?stale&dc=dc2"], agent.Requests);
    }

    [Fact]
    public async Task Nulls_anywhere_are_read()
    {
        var agent = new ScriptedAgent(_ => ScriptedAgent.Json(
            """[null,{},{"Node":null,"Service":null,"Checks":null},{"Service":{"ID":"a","Tags":[null],"Meta":{"k":null},"Weights":null,"Port":null},"Checks":[null]}]"""));
        using var client = agent.Client(_time);
        var answer = await client.Health.ServiceAsync(new HealthQuery(Web, 0, default), Cancellation);
        Assert.Equal(3, answer.Entries.Length);
    }

    [Theory]
    [InlineData(403, "Permission denied", "service \"web\" { policy = \"read\" } and node_prefix \"\"")]
    [InlineData(403, "ACL not found", "unknown to Consul")]
    [InlineData(401, "ACL support disabled", "whether ACLs are on")]
    [InlineData(429, "Your IP is issuing too many concurrent connections", "slowed down")]
    [InlineData(500, "No cluster leader", "have no leader")]
    [InlineData(500, "rpc error making call: EOF", "cannot reach its Consul servers")]
    [InlineData(500, "No known Consul servers", "cannot reach its Consul servers")]
    [InlineData(500, "No path to datacenter", "name of the datacenter")]
    [InlineData(503, "", "agent's log")]
    [InlineData(302, "<html>", "Redirects are not followed")]
    public async Task Refusals_carry_the_status_the_text_and_the_remedy(int status, string body, string remedy)
    {
        var error = await FailsAsync(new ScriptedAgent(_ => ScriptedAgent.Error(status, body)));
        Assert.Equal(status, (int)error.StatusCode!.Value);
        Assert.Contains(body, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
        Assert.False(error.AgentAway);
    }

    [Fact]
    public async Task Retry_after_is_read_in_both_forms()
    {
        var error = await FailsAsync(new ScriptedAgent(_ => ScriptedAgent.Error(429, "", TimeSpan.FromSeconds(7))));
        Assert.Equal(TimeSpan.FromSeconds(7), error.RetryAfter);

        error = await FailsAsync(new ScriptedAgent(_ =>
        {
            var response = ScriptedAgent.Error(429, "");
            response.Headers.RetryAfter = new(_time.GetUtcNow().AddSeconds(9));
            return response;
        }));
        Assert.InRange(error.RetryAfter!.Value, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(9));
    }

    [Theory]
    [InlineData("[{\"Node\":{\"Node\":\"a\"", "application/json")]
    [InlineData("{\"Node\":{}}", "application/json")]
    [InlineData("[1]", "application/json")]
    [InlineData("", "application/json")]
    [InlineData("<html><body>Sign in</body></html>", "text/html")]
    [InlineData("<html><body>Sign in</body></html>", "application/json")]
    public async Task An_answer_that_is_no_list_is_shown_in_part(string body, string type)
    {
        var error = await FailsAsync(new ScriptedAgent(_ =>
        {
            var response = ScriptedAgent.Json(body);
            response.Content.Headers.ContentType = new(type);
            return response;
        }));
        Assert.Contains("Mesh:Consul:Address", error.Message, StringComparison.Ordinal);
        Assert.Contains(body, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_of_any_length_are_cited_in_part()
    {
        var key = new string('k', 10_000);
        var error = await FailsAsync(new ScriptedAgent(_ => ScriptedAgent.Json("[{\"Service\":{\"Meta\":{\"" + key + "\":1}}}]")));
        Assert.InRange(error.Message.Length, 100, 1000);
        error = await FailsAsync(new ScriptedAgent(_ => throw new HttpRequestException(HttpRequestError.InvalidResponse, key)));
        Assert.InRange(error.Message.Length, 100, 1000);
        Assert.Contains("kkk...", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_list_is_given_up_at_the_limit()
    {
        var error = await FailsAsync(new ScriptedAgent(_ =>
        {
            var response = ScriptedAgent.Json("");
            response.Content = new StreamContent(new EndlessList());
            return response;
        }));
        Assert.Contains("at most 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task As_many_instances_are_read_as_any_service_has(int more, bool isRead)
    {
        var agent = new ScriptedAgent(_ => ScriptedAgent.Json($"[{string.Join(',', Enumerable.Repeat("{}", HealthApi.MaxInstances + more))}]"));
        using var client = agent.Client(_time);
        var query = client.Health.ServiceAsync(new HealthQuery(Web, 0, default), Cancellation);
        if (isRead)
            Assert.Equal(HealthApi.MaxInstances, (await query).Entries.Length);
        else
            Assert.Contains("at most 100000", (await Assert.ThrowsAsync<ConsulException>(() => query)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_error_costs_only_its_beginning()
    {
        var body = new EndlessList();
        var error = await FailsAsync(new ScriptedAgent(_ => new HttpResponseMessage((System.Net.HttpStatusCode)500) { Content = new StreamContent(body) }));
        Assert.True(error.Message.Length < 600);
        Assert.True(body.Sent < 1 << 17);
    }

    [Fact]
    public async Task A_refused_connection_names_the_address_and_the_settings()
    {
        var error = await FailsAsync(new ScriptedAgent(_ => throw ScriptedAgent.Refused()));
        Assert.True(error.AgentAway);
        Assert.Null(error.StatusCode);
        Assert.Contains("http://127.0.0.1:8500", error.Message, StringComparison.Ordinal);
        Assert.Contains("CONSUL_HTTP_ADDR", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(5, 41.875)]
    public async Task A_silent_agent_is_given_up_after_the_longest_honest_answer(ulong index, double seconds)
    {
        var agent = new ScriptedAgent(async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return ScriptedAgent.Ok();
        });
        using var client = agent.Client(_time);
        var call = client.Health.ServiceAsync(new HealthQuery(Web, index, TimeSpan.FromSeconds(30)), Cancellation);
        _time.Advance(TimeSpan.FromSeconds(seconds - 0.001));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        var error = await Assert.ThrowsAsync<ConsulException>(() => call);
        Assert.Contains("did not answer in time", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_callers_cancellation_is_no_failure_of_Consul()
    {
        using var stop = new CancellationTokenSource();
        var agent = new ScriptedAgent(async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return ScriptedAgent.Ok();
        });
        using var client = agent.Client(_time);
        var call = client.Health.ServiceAsync(new HealthQuery(Web, 0, default), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Theory]
    [InlineData("[]", false)]
    [InlineData("[\n]\n", false)]
    [InlineData("[{\"ID\":\"", true)]
    [InlineData("[\n    {\"ID\":\"", true)]
    public async Task The_first_bytes_tell_whether_there_is_a_node(string body, bool expected)
    {
        using var client = new ScriptedAgent(_ => ScriptedAgent.Json(body)).Client(_time);
        Assert.Equal(expected, await client.Health.SeesNodesAsync(Web, Cancellation));
    }

    [Theory]
    [InlineData(200, "", true)]
    [InlineData(403, "Permission denied", false)]
    [InlineData(404, "", true)]
    [InlineData(500, "Connect must be enabled in order to use this endpoint", true)]
    public async Task The_discovery_chain_tells_whether_the_service_may_be_read(int status, string body, bool expected)
    {
        using var client = new ScriptedAgent(_ => ScriptedAgent.Error(status, body)).Client(_time);
        Assert.Equal(expected, await client.Health.CanReadServiceAsync(Web, Cancellation));
    }

    [Fact]
    public async Task A_failed_probe_tells_nothing()
    {
        using var client = new ScriptedAgent(_ => ScriptedAgent.Error(500, "No cluster leader")).Client(_time);
        await Assert.ThrowsAsync<ConsulException>(() => client.Health.CanReadServiceAsync(Web, Cancellation));
    }

    private async Task<ConsulException> FailsAsync(ScriptedAgent agent)
    {
        using var client = agent.Client(_time);
        return await Assert.ThrowsAsync<ConsulException>(() => client.Health.ServiceAsync(new HealthQuery(Web, 0, default), Cancellation));
    }

    /// <summary>A list of empty objects without an end.</summary>
    private sealed class EndlessList : Stream
    {
        public long Sent { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++)
                buffer.Span[i] = Sent + i == 0 ? (byte)'[' : (byte)' ';
            Sent += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
