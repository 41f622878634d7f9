using MeshClient.Consul;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Discovery;

public sealed class ConsulRegistryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestLog<ConsulRegistry> _log = new();

    [Fact]
    public async Task Fifty_changes_a_second_cost_four_queries_a_second_and_the_last_is_seen_soon()
    {
        var changes = 0;
        var asked = 0;
        var agent = new ScriptedAgent((_, _) =>
        {
            asked++;
            return Task.FromResult(ScriptedAgent.Json(Recorded.Web(1, 2 + changes), (ulong)(10 + asked)));
        });
        using var registry = Registry(agent);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var last = 0;
        var reading = ReadAsync();
        for (changes = 1; changes <= 100; changes++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Delay(1, stop.Token);
        }
        changes = 100;
        await Eventually.True(_time, TimeSpan.FromMilliseconds(20), () => Volatile.Read(ref last) == 102);
        Assert.InRange(asked, 3, 2 + (4 * 4));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        async Task ReadAsync()
        {
            await foreach (var update in registry.WatchAsync(new ServiceName("web"), stop.Token))
            {
                var id = ((RegistryUpdate.Snapshot)update).Value.Endpoints[1].InstanceId;
                Volatile.Write(ref last, int.Parse(id["node-a/web-".Length..], System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }

    [Fact]
    public async Task A_service_above_the_limit_is_polled_until_a_watch_ends()
    {
        var agent = new ScriptedAgent(async (request, cancellation) =>
        {
            if (request.RequestUri!.Query.Contains("index=", StringComparison.Ordinal))
                await Task.Delay(Timeout.Infinite, cancellation);
            return ScriptedAgent.Json(Recorded.Web(1), 10);
        });
        using var registry = Registry(agent, new ConsulOptions { MaxWatches = 1, PollInterval = TimeSpan.FromSeconds(10) });
        using var stopFirst = new CancellationTokenSource();
        using var stopOthers = new CancellationTokenSource();
        var first = DrainAsync("held", stopFirst.Token);
        await Eventually.True(() => agent.Count("GET /v1/health/service/held?stale&index=10") == 1);

        var others = Task.WhenAll(DrainAsync("polled", stopOthers.Token), DrainAsync("other", stopOthers.Token));
        await Eventually.True(() => agent.Count("GET /v1/health/service/polled") == 1);
        var before = _time.GetUtcNow();
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () => agent.Count("GET /v1/health/service/polled") == 2);
        Assert.True(_time.GetUtcNow() - before >= TimeSpan.FromSeconds(10));
        Assert.Equal(0, agent.Count("GET /v1/health/service/polled?stale&index"));
        Assert.Equal(1, _log.Count(1020));

        await stopFirst.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () =>
            agent.Count("GET /v1/health/service/polled?stale&index=10") + agent.Count("GET /v1/health/service/other?stale&index=10") == 1);
        await stopOthers.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => others);

        async Task DrainAsync(string name, CancellationToken stop)
        {
            await foreach (var _ in registry.WatchAsync(new ServiceName(name), stop))
            {
            }
        }
    }

    private ConsulRegistry Registry(ScriptedAgent agent, ConsulOptions? options = null) =>
        new(agent.Client(_time, options), _time, new SeededRandom(3), _log);
}
