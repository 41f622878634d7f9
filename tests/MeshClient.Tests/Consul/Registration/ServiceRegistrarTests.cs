using MeshClient.Consul.Api;
using MeshClient.Consul.Registration;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Registration;

public sealed class ServiceRegistrarTests : IDisposable
{
    private const string Register = "PUT /v1/agent/service/register";
    private const string Heartbeat = "PUT /v1/agent/check/update";
    private const string Deregister = "PUT /v1/agent/service/deregister/web-1";

    private const string Passing = """{"Status":"passing","Output":""}""";
    private const string Critical = """{"Status":"critical","Output":"expired"}""";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();
    private readonly TestLog<ServiceRegistrar> _log = new();
    private readonly string _agentName = Guid.NewGuid().ToString();
    private readonly InstanceClaims _claims;
    private readonly ScriptedAgent _agent;
    private readonly ConsulClient _client;
    private readonly ServiceOptions _options = new() { Name = "web", Id = "web-1", Address = "10.0.0.5", Port = 80 };
    private readonly ServiceRegistrar _registrar;
    private volatile Func<string, HttpResponseMessage> _answer = Healthy;

    public ServiceRegistrarTests()
    {
        _agent = new ScriptedAgent(line => _answer(line));
        _client = _agent.Client(_time);
        _claims = new InstanceClaims(_agentName);
        _registrar = new ServiceRegistrar(_client.Agent, _claims, _options, new ConfiguredAddress(_options), "h", _time, new SeededRandom(5), _log);
    }

    public void Dispose()
    {
        _registrar.Dispose();
        _client.Dispose();
    }

    [Fact]
    public async Task It_registers_reports_at_a_third_of_the_ttl_and_deregisters()
    {
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        var start = _time.GetUtcNow();
        await Eventually.True(_time, Step, () => _agent.Count(Heartbeat) == 1);
        Assert.True(_time.GetUtcNow() - start >= TimeSpan.FromSeconds(5));
        await _registrar.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, 1), (_agent.Count(Register), _agent.Count(Deregister)));
        Assert.Equal(1, _log.Count(1106));
        Assert.Contains("{\"Status\":\"passing\",\"Output\":\"\"}", _agent.Bodies);
    }

    [Fact]
    public async Task While_some_callers_would_be_refused_the_check_warns()
    {
        using var registrar = new ServiceRegistrar(
            _client.Agent, _claims, _options, new ConfiguredAddress(_options), "h", _time, new SeededRandom(5), _log)
        {
            Unfit = () => new(ForAll: false, "expired"),
        };
        registrar.Start();
        await Eventually.True(_time, Step, () => Reports("""{"Status":"warning","Output":"expired"}""") == 2);
        Assert.Equal(0, Reports(Passing) + Reports(Critical));
    }

    [Fact]
    public async Task While_callers_would_be_refused_the_check_is_critical_and_a_registration_does_not_hide_it()
    {
        var expiry = _time.GetUtcNow().AddSeconds(12);
        var renewed = false;
        using var registrar = new ServiceRegistrar(
            _client.Agent, _claims, _options, new ConfiguredAddress(_options), "h", _time, new SeededRandom(5), _log)
        {
            Unfit = () => _time.GetUtcNow() < expiry || Volatile.Read(ref renewed) ? null : new(ForAll: true, "expired"),
        };
        registrar.Start();
        await Eventually.True(_time, Step, () => _agent.Count(Heartbeat) == 2);
        Assert.Equal(2, Reports(Passing));
        await Eventually.True(_time, Step, () => Reports(Critical) == 1);
        Assert.True(_time.GetUtcNow() >= expiry);
        Assert.Equal(2, Reports(Passing));

        var forgotten = 0;
        _answer = line => line.StartsWith(Heartbeat, StringComparison.Ordinal) && Interlocked.Increment(ref forgotten) == 1
            ? ScriptedAgent.Error(500, Recorded.UnknownTtl) : Healthy(line);
        await Eventually.True(_time, Step, () => _agent.Count(Register) == 2);
        await Eventually.True(() => Reports(Critical) == 3);
        Assert.Equal(2, Reports(Passing));

        Volatile.Write(ref renewed, true);
        await Eventually.True(_time, Step, () => Reports(Passing) == 3);
        await registrar.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task While_Consul_is_away_at_the_start_it_keeps_trying_and_warns_once()
    {
        _answer = _ => throw ScriptedAgent.Refused();
        _registrar.Start();
        await Eventually.True(_time, Step, () => _log.Count(1102) >= 5);
        Assert.Equal(1, _log.Count(1101));
        _answer = Healthy;
        await Eventually.True(_time, Step, () => _log.Count(1103) == 1);
        Assert.Equal(1, _agent.Count(Register));
        await _registrar.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_the_agent_has_forgotten_is_registered_again_at_once()
    {
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        _answer = line => line.StartsWith(Heartbeat, StringComparison.Ordinal) ? ScriptedAgent.Error(500, Recorded.UnknownTtl) : Healthy(line);
        await Eventually.True(_time, Step, () => _log.Count(1104) == 1);
        await Eventually.True(() => _agent.Count(Register) == 2);
        Assert.Equal(1, _agent.Count(Heartbeat));
        await _registrar.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_ttl_the_registration_is_verified_every_ten_seconds()
    {
        _options.Check.Type = ServiceCheckType.Tcp;
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        var start = _time.GetUtcNow();
        await Eventually.True(_time, Step, () => _agent.Count(Register) == 2);
        Assert.True(_time.GetUtcNow() - start >= TimeSpan.FromSeconds(10));
        Assert.Equal(0, _agent.Count(Heartbeat));
        await _registrar.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("10.0.0.6", 200, 1)]
    [InlineData("10.0.0.6", 503, 0)]
    [InlineData("10.0.0.5", 200, 0)]
    public async Task Another_live_process_under_the_same_ID_is_warned_of(string address, int health, int warnings)
    {
        _answer = line => line switch
        {
            "GET /v1/agent/service/web-1" => ScriptedAgent.Json($$"""{"ID":"web-1","Service":"web","Address":"{{address}}","Port":80}"""),
            _ when line.StartsWith("GET /v1/agent/health/service/id/web-1", StringComparison.Ordinal) => ScriptedAgent.Error(health, ""),
            _ => Healthy(line),
        };
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        Assert.Equal(warnings, _log.Count(1105));
        await _registrar.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Another_host_of_the_process_does_not_take_the_instance_until_the_first_has_left()
    {
        var log = new TestLog<ServiceRegistrar>();
        var claims = new InstanceClaims(_agentName);
        using var second = new ServiceRegistrar(_client.Agent, claims, _options, new ConfiguredAddress(_options), "h", _time, new SeededRandom(6), log);
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);

        second.Start();
        await Eventually.True(() => log.Count(1110) == 1);
        await Eventually.True(_time, Step, () => _agent.Count(Heartbeat) >= 8);
        Assert.Equal((1, 1, 0), (_agent.Count(Register), log.Count(1110), log.Count(1100)));
        Assert.Contains("web is not registered: another host in this process has registered the instance web-1", log.Entries.Single().Text, StringComparison.Ordinal);

        await _registrar.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.True(_time, Step, () => log.Count(1100) == 1);
        await second.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal((2, 2), (_agent.Count(Register), _agent.Count(Deregister)));
    }

    [Fact]
    public async Task A_host_that_never_got_the_instance_takes_nothing_out_at_its_stop()
    {
        using var second = new ServiceRegistrar(
            _client.Agent, new InstanceClaims(_agentName), _options, new ConfiguredAddress(_options), "h", _time, new SeededRandom(6), new TestLog<ServiceRegistrar>());
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        second.Start();
        await second.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, _agent.Count(Deregister));
        Assert.False(new InstanceClaims(_agentName).TryTake("web-1"));
    }

    [Theory]
    [InlineData(true, "web-2")]
    [InlineData(false, "web-1")]
    public void Another_instance_and_another_agent_are_free(bool sameAgent, string id)
    {
        Assert.True(_claims.TryTake("web-1"));
        Assert.True(new InstanceClaims(sameAgent ? _agentName : Guid.NewGuid().ToString()).TryTake(id));
    }

    [Fact]
    public async Task A_token_that_may_register_but_not_read_registers()
    {
        _answer = line => line.StartsWith("GET", StringComparison.Ordinal) ? ScriptedAgent.Error(403, "Permission denied") : ScriptedAgent.Ok();
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        await _registrar.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_stop_gives_up_after_three_seconds_and_says_so()
    {
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        _answer = _ => throw ScriptedAgent.Refused();
        var start = _time.GetUtcNow();
        var stop = _registrar.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.True(_time, Step, () => stop.IsCompleted);
        Assert.InRange(_time.GetUtcNow() - start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
        Assert.True(_agent.Count(Deregister) > 1);
        Assert.Contains(_log.Entries, entry => entry.Id == 1107 && entry.Text.Contains("Connection refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_agent_does_not_hold_up_a_stop()
    {
        _registrar.Start();
        await Eventually.True(() => _log.Count(1100) == 1);
        _agent.Answer = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return ScriptedAgent.Ok();
        };
        var stop = _registrar.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.True(_time, Step, () => stop.IsCompleted);
        Assert.Equal(1, _log.Count(1107));
    }

    [Fact]
    public async Task What_was_never_sent_is_not_deregistered()
    {
        await _registrar.StopAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_agent.Requests);
    }

    [Fact]
    public async Task An_instance_without_an_address_is_not_registered_and_said_so()
    {
        using var registrar = new ServiceRegistrar(_client.Agent, _claims, _options, new Nowhere(), "h", _time, new SeededRandom(5), _log);
        registrar.Start();
        await Eventually.True(() => _log.Count(1108) == 1);
        await registrar.StopAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_agent.Requests);
    }

    [Fact]
    public async Task The_service_leaves_the_registry_before_it_drains_and_both_before_anything_stops()
    {
        var drain = new RecordingDrain(() => _agent.Count(Deregister));
        var service = new RegistrationService(_registrar, _options, drain);
        var cancellation = TestContext.Current.CancellationToken;
        await service.StartAsync(cancellation);
        Assert.Empty(_agent.Requests);
        await service.StartedAsync(cancellation);
        await Eventually.True(() => _log.Count(1100) == 1);
        await service.StoppingAsync(cancellation);
        Assert.Equal(0, drain.DeregisteredAtBegin);
        Assert.Equal((TimeSpan.FromSeconds(5), 1), (drain.Limit, drain.DeregisteredBefore));
    }

    [Fact]
    public async Task Without_a_name_nothing_is_registered()
    {
        _options.Name = null;
        var service = new RegistrationService(_registrar, _options, new NoDrain());
        await service.StartedAsync(TestContext.Current.CancellationToken);
        await service.StoppingAsync(TestContext.Current.CancellationToken);
        Assert.Empty(_agent.Requests);
    }

    private int Reports(string body) => _agent.Bodies.Count(sent => sent == body);

    private static HttpResponseMessage Healthy(string line) =>
        line.StartsWith("GET /v1/agent/service/", StringComparison.Ordinal) ? ScriptedAgent.Error(404, "unknown service ID: web-1") : ScriptedAgent.Ok();

    private sealed class Nowhere : IAdvertisedAddress
    {
        public ValueTask<AdvertisedAddress?> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult<AdvertisedAddress?>(null);
    }

    private sealed class RecordingDrain(Func<int> deregistered) : IDrain
    {
        public TimeSpan Limit { get; private set; }

        public int DeregisteredBefore { get; private set; }

        public int? DeregisteredAtBegin { get; private set; }

        public void Begin() => DeregisteredAtBegin = deregistered();

        public Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken)
        {
            (Limit, DeregisteredBefore) = (limit, deregistered());
            return Task.CompletedTask;
        }
    }
}
