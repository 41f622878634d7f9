using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshClient.HealthChecks;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.HealthChecks;

public sealed class IntentionsHealthCheckTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly Source _source = new();
    private readonly IntentionKeeper _keeper;

    public IntentionsHealthCheckTests() =>
        _keeper = new IntentionKeeper(_source, _time, new SeededRandom(1), new IntentionMetrics(_meters), new TestLog<IntentionKeeper>());

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task It_fails_until_the_intentions_are_known_and_is_degraded_while_they_cannot_be_read_anew()
    {
        Assert.Equal((HealthStatus.Unhealthy, "No intentions have been read yet. Their source has not answered yet."), Said(await CheckAsync(_keeper)));
        _keeper.Start();
        _source.Say(new IntentionUpdate.Fault("The agent is away."));
        await Eventually.True(() => _keeper.Trouble is not null);
        Assert.Equal((HealthStatus.Unhealthy, "No intentions have been read yet. The agent is away."), Said(await CheckAsync(_keeper)));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(_keeper, dryRun: true)).Status);

        _source.Say(new IntentionUpdate.Known(new IntentionSet("web", [], AllowByDefault: false)));
        await Eventually.True(() => _keeper.Current is not null && _keeper.Trouble is null);
        var result = await CheckAsync(_keeper);
        Assert.Equal((HealthStatus.Healthy, "In force: 0 intentions to web, else deny."), Said(result));
        Assert.Equal(0, result.Data["count"]);

        _source.Say(new IntentionUpdate.Fault("The agent is away."));
        await Eventually.True(() => _keeper.Trouble is not null);
        result = await CheckAsync(_keeper);
        Assert.Equal((HealthStatus.Degraded, "The agent is away."), (result.Status, result.Data["trouble"]));
    }

    [Fact]
    public async Task A_program_that_serves_nobody_needs_none() => Assert.Equal(HealthStatus.Healthy, (await CheckAsync(null)).Status);

    private static (HealthStatus, string?) Said(HealthCheckResult result) => (result.Status, result.Description);

    private static Task<HealthCheckResult> CheckAsync(IntentionKeeper? keeper, bool dryRun = false)
    {
        var check = new IntentionsHealthCheck(new MeshSecurity(SecurityMode.Strict, dryRun, null), keeper);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("test", check, HealthStatus.Unhealthy, null) });
    }

    private sealed class Source : IIntentionSource
    {
        private readonly Channel<IntentionUpdate> _updates = Channel.CreateUnbounded<IntentionUpdate>();

        public void Say(IntentionUpdate update) => _updates.Writer.TryWrite(update);

        public async IAsyncEnumerable<IntentionUpdate> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var update in _updates.Reader.ReadAllAsync(cancellationToken))
                yield return update;
        }
    }
}
