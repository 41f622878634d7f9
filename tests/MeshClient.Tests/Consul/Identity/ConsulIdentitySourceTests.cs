using System.Net;
using System.Text;
using System.Threading.Channels;
using MeshClient.Consul.Identity;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using MeshClient.Tests.Identity;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Identity;

public sealed class ConsulIdentitySourceTests : IAsyncDisposable
{
    private const string RootsPath = "/v1/agent/connect/ca/roots", LeafPath = "/v1/agent/connect/ca/leaf/web";

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedConnect _consul = new();
    private readonly TestLog<ConsulIdentitySource> _log = new();
    private readonly TestAuthority _authority = TestAuthority.Root();
    private readonly Channel<IdentityUpdate> _updates = Channel.CreateUnbounded<IdentityUpdate>();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    [Fact]
    public async Task Roots_and_leaf_are_read_at_once_and_then_waited_on()
    {
        var leaf = await StartedAsync();
        await Eventually.True(() => _consul.Agent.Requests.Count == 4);
        Assert.Equal(
            [$"GET {LeafPath}", $"GET {LeafPath}?index=35&wait=30s", $"GET {RootsPath}", $"GET {RootsPath}?index=9&wait=30s"], _consul.Agent.Requests.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(_consul.Agent.Requests, r => r.Contains("configuration", StringComparison.Ordinal));

        var renewed = _authority.Issue("web");
        _consul.Leaf(45, renewed);
        Assert.Equal(renewed.ChainPem, (await MaterialAsync()).Certificates);
        Assert.NotEqual(leaf.ChainPem, renewed.ChainPem);
    }

    [Theory]
    [InlineData("http://10.0.0.1:8500", 1)]
    [InlineData("http://127.0.0.1:8500", 0)]
    public async Task A_key_that_crosses_a_network_in_plain_text_is_warned_of_once(string address, int warnings)
    {
        _consul.Roots(9, _authority);
        _consul.Leaf(35, _authority.Issue("web"));
        var source = new ConsulIdentitySource("web", _consul.Agent.Client(_time, new() { Address = address }), _time, new SeededRandom(1), _log);
        for (var i = 0; i < 2; i++)
        {
            await foreach (var update in source.WatchAsync(_stop.Token))
                break;
        }
        Assert.Equal(warnings, _log.Count(1690));
    }

    [Fact]
    public async Task A_rotation_brings_both_roots_and_then_the_leaf_with_its_intermediate()
    {
        var leaf = await StartedAsync();
        var rotated = TestAuthority.Root();
        _consul.Roots(40, _authority, rotated);
        var material = await MaterialAsync();
        Assert.Equal((2, leaf.ChainPem), (material.Roots.Count, material.Certificates));
        var renewed = rotated.Issue("web").With(_authority.CrossSign(rotated));
        _consul.Leaf(45, renewed);
        material = await MaterialAsync();
        Assert.Equal((2, renewed.ChainPem), (material.Roots.Count, material.Certificates));
    }

    [Fact]
    public async Task A_rebuilt_consul_goes_back_in_its_index_and_changes_both()
    {
        await StartedAsync();
        var rebuilt = TestAuthority.Root("rebuilt.consul");
        _consul.Instead = path => path == LeafPath ? ScriptedAgent.Error(500, "No cluster leader") : null;
        _consul.Roots(3, rebuilt);
        _consul.Cut();
        while (!(await FaultAsync()).Reason.Contains("it was rebuilt", StringComparison.Ordinal))
        {
        }
        var leaf = rebuilt.Issue("web");
        _consul.Leaf(5, leaf);
        _consul.Instead = _ => null;
        var material = await MaterialAsync(faultsBefore: true);
        Assert.Equal(("rebuilt.consul", leaf.ChainPem), (material.TrustDomain, material.Certificates));
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100),
            () => _consul.Agent.Requests.Contains($"GET {RootsPath}?index=3&wait=30s") && _consul.Agent.Requests.Contains($"GET {LeafPath}?index=5&wait=30s"));
    }

    [Fact]
    public async Task An_agent_that_is_away_at_the_start_is_asked_again_with_growing_rests()
    {
        _consul.Agent.Answer = (_, _) => throw ScriptedAgent.Refused();
        Start();
        var fault = await FaultAsync();
        Assert.Contains("Start the agent", fault.Reason, StringComparison.Ordinal);
        Assert.Equal("System.Net.Http.HttpRequestException", fault.ErrorType);
        var before = _time.GetUtcNow();
        await Eventually.True(_time, TimeSpan.FromMilliseconds(500), () => _time.GetUtcNow() - before > TimeSpan.FromMinutes(5));
        // Two loops, 15 s at most and 7.5 s at least between two questions, and some 8 while they grow.
        Assert.InRange(_consul.Agent.Requests.Count, 20, 2 * (10 + 40));
    }

    [Fact]
    public async Task An_agent_that_goes_away_later_and_comes_back_tells_the_same_again()
    {
        var leaf = await StartedAsync();
        _consul.Instead = _ => throw ScriptedAgent.Refused();
        _consul.Cut();
        await FaultAsync();
        await FaultAsync();
        _consul.Instead = _ => null;
        Assert.Equal(leaf.ChainPem, (await MaterialAsync(faultsBefore: true)).Certificates);
    }

    [Theory]
    [InlineData(500, RecordedConnect.RateLimited, "limits the rate at which certificates are signed", "500")]
    [InlineData(429, "slow down", "Consul limits the rate of calls", "429")]
    [InlineData(403, "Permission denied", "give it service \"web\" { policy = \"write\" }", "403")]
    [InlineData(403, "ACL not found", "The token is unknown to Consul", "403")]
    [InlineData(500, "Connect must be enabled in order to use this endpoint", "connect { enabled = true }", "500")]
    [InlineData(500, "No cluster leader", "The Consul servers have no leader", "500")]
    public async Task A_refused_leaf_names_the_remedy_and_is_asked_for_again(int status, string body, string remedy, string errorType)
    {
        _consul.Roots(9, _authority);
        var leaf = _authority.Issue("web");
        _consul.Leaf(35, leaf);
        var refusals = 3;
        _consul.Instead = path => path == LeafPath && refusals-- > 0 ? ScriptedAgent.Error(status, body) : null;
        Start();
        var fault = await FaultAsync();
        Assert.Contains(remedy, fault.Reason, StringComparison.Ordinal);
        Assert.Equal(errorType, fault.ErrorType);
        Assert.Equal(leaf.ChainPem, (await MaterialAsync(faultsBefore: true)).Certificates);
        Assert.DoesNotContain(_consul.Agent.Requests, r => r.Contains("index=1&", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("half")]
    [InlineData("text")]
    [InlineData("null")]
    [InlineData("empty")]
    public async Task An_answer_that_is_no_leaf_is_a_fault_that_shows_none_of_it(string kind)
    {
        var leaf = await StartedAsync();
        var whole = System.Text.Json.JsonSerializer.Serialize(new { PrivateKeyPEM = leaf.KeyPem, CertPEM = leaf.ChainPem });
        var served = 0;
        _consul.Instead = path => path != LeafPath || served++ > 0 ? null : new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = kind switch
            {
                "half" => new StringContent(whole[..(whole.Length / 2)], Encoding.UTF8, "application/json"),
                "text" => new StringContent(whole, Encoding.UTF8, "text/html"),
                "null" => new StringContent("null", Encoding.UTF8, "application/json"),
                _ => new StringContent("", Encoding.UTF8, "application/json"),
            },
        };
        _consul.Leaf(36, leaf);
        var fault = await FaultAsync();
        Assert.Contains("the certificate of web", fault.Reason, StringComparison.Ordinal);
        Assert.False(Secrets.In(fault.ToString() + fault.Exception, leaf.KeyPem));
        Assert.Equal(leaf.ChainPem, (await MaterialAsync(faultsBefore: true)).Certificates);
    }

    [Fact]
    public async Task A_leaf_that_changes_all_the_time_is_asked_for_four_times_a_second()
    {
        await StartedAsync();
        ulong index = 36;
        _consul.Instead = path =>
        {
            if (path != LeafPath)
                return null;
            _consul.Agent.Requests.Enqueue("asked");
            return ScriptedAgent.Json("""{"CertPEM":"","PrivateKeyPEM":""}""", index++);
        };
        _consul.Leaf(36, _authority.Issue("web"));
        var before = _time.GetUtcNow();
        await Eventually.True(_time, TimeSpan.FromMilliseconds(25), () => _time.GetUtcNow() - before >= TimeSpan.FromSeconds(5));
        Assert.InRange(_consul.Agent.Count("asked"), 3, 2 + (4 * 5));
    }

    [Fact]
    public async Task The_end_of_the_stream_ends_both_queries()
    {
        await StartedAsync();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _reading);
        var asked = _consul.Agent.Requests.Count;
        _consul.Leaf(99, _authority.Issue("web"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(asked, _consul.Agent.Requests.Count);
    }

    private async Task<TestLeaf> StartedAsync()
    {
        var leaf = _authority.Issue("web");
        _consul.Roots(9, _authority);
        _consul.Leaf(35, leaf);
        Start();
        var material = await MaterialAsync();
        Assert.Equal((leaf.ChainPem, leaf.KeyPem, _authority.TrustDomain), (material.Certificates, material.PrivateKey, material.TrustDomain));
        return leaf;
    }

    private void Start()
    {
        var source = new ConsulIdentitySource("web", _consul.Agent.Client(_time), _time, new SeededRandom(1), _log);
        _reading = Task.Run(async () =>
        {
            await foreach (var update in source.WatchAsync(_stop.Token))
                _updates.Writer.TryWrite(update);
        });
    }

    private async Task<IdentityUpdate> NextAsync()
    {
        IdentityUpdate? next = null;
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () => _updates.Reader.TryRead(out next) || _reading.IsFaulted);
        return next!;
    }

    private async Task<IdentityUpdate.Fault> FaultAsync() => Assert.IsType<IdentityUpdate.Fault>(await NextAsync());

    private async Task<IdentityMaterial> MaterialAsync(bool faultsBefore = false)
    {
        var next = await NextAsync();
        while (faultsBefore && next is IdentityUpdate.Fault)
            next = await NextAsync();
        return Assert.IsType<IdentityUpdate.Material>(next).Value;
    }
}
