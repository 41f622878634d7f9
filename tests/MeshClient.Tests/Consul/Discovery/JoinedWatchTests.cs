using MeshClient.Consul;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Model;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Consul.Discovery;

public sealed class JoinedWatchTests
{
    private const string Instance = """[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{"ID":"web-1","Port":80}}]""";

    private const string Sidecar = """
        [{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{"ID":"web-1-proxy","Port":21000,"Kind":"connect-proxy",
          "Proxy":{"DestinationServiceName":"web","DestinationServiceID":"web-1"}}}]
        """;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Both_lists_are_asked_and_the_first_set_waits_for_the_later_one()
    {
        var late = new TaskCompletionSource();
        var agent = new ScriptedAgent(async (request, cancellation) =>
        {
            if (request.RequestUri!.Query.Contains("index=", StringComparison.Ordinal))
                await Task.Delay(Timeout.Infinite, cancellation);
            if (!request.RequestUri.AbsolutePath.StartsWith("/v1/health/connect/", StringComparison.Ordinal))
                return ScriptedAgent.Json(Instance);
            await late.Task.WaitAsync(cancellation);
            return ScriptedAgent.Json(Sidecar);
        });
        using var registry = Registry(agent);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var updates = registry.WatchAsync(new ServiceName("web"), stop.Token).GetAsyncEnumerator(stop.Token);

        var first = updates.MoveNextAsync().AsTask();
        await Eventually.True(() => agent.Count("GET /v1/health/service/web?stale&index=10") == 1);
        Assert.False(first.IsCompleted);
        late.SetResult();
        Assert.True(await first);
        var endpoint = Assert.Single(Assert.IsType<RegistryUpdate.Snapshot>(updates.Current).Value.Endpoints);
        Assert.Equal(("n/web-1-proxy", true), (endpoint.InstanceId, endpoint.IsSidecar));

        var next = updates.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_list_that_fails_is_told_of_and_leads_no_call_past_a_sidecar()
    {
        var agent = new ScriptedAgent(async (request, cancellation) =>
        {
            if (request.RequestUri!.Query.Contains("index=", StringComparison.Ordinal))
                await Task.Delay(Timeout.Infinite, cancellation);
            return request.RequestUri.AbsolutePath.StartsWith("/v1/health/connect/", StringComparison.Ordinal)
                ? ScriptedAgent.Error(500, "No cluster leader")
                : ScriptedAgent.Json(Instance);
        });
        using var registry = Registry(agent);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var told = new List<RegistryUpdate>();
        var reading = ReadAsync();
        await Eventually.True(_time, TimeSpan.FromMilliseconds(100), () => agent.Count("GET /v1/health/connect/web") >= 4);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.NotEmpty(told);
        Assert.All(told, update => Assert.Contains("No cluster leader", Assert.IsType<RegistryUpdate.Fault>(update).Reason, StringComparison.Ordinal));

        async Task ReadAsync()
        {
            await foreach (var update in registry.WatchAsync(new ServiceName("web"), stop.Token))
                told.Add(update);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_watch_that_breaks_off_ends_both(bool secure)
    {
        var otherEnded = false;
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            var watch = JoinedWatch.RunAsync(
                new ServiceName("web"), secure ? WaitAsync : BreakAsync, secure ? BreakAsync : WaitAsync, _time, TestContext.Current.CancellationToken);
            await foreach (var _ in watch)
            {
            }
        });
        Assert.True(otherEnded);

        static async IAsyncEnumerable<RegistryUpdate> BreakAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            await Task.Yield();
            yield return new RegistryUpdate.Fault("about to break");
            throw new InvalidOperationException("broken");
        }

        async IAsyncEnumerable<RegistryUpdate> WaitAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            try
            {
                await Task.Delay(Timeout.Infinite, stop);
                yield break;
            }
            finally
            {
                otherEnded = true;
            }
        }
    }

    private ConsulRegistry Registry(ScriptedAgent agent) => new(
        new ConsulClient(ConsulSettings.Resolve(new ConsulOptions(), _ => null), agent, agent, _time) { Lists = InstanceLists.Both },
        _time, new SeededRandom(3), new TestLog<ConsulRegistry>());
}
