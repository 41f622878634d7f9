using MeshClient.HealthChecks;
using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.HealthChecks;

public sealed class IdentityHealthCheckTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly ScriptedIdentitySource _source = new();
    private readonly IdentityKeeper _keeper;

    public IdentityHealthCheckTests() =>
        _keeper = new IdentityKeeper(_source, _time, new SeededRandom(1), new IdentityMetrics(_meters), new TestLog<IdentityKeeper>());

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task It_fails_without_a_valid_leaf_and_is_degraded_while_that_is_near()
    {
        Assert.Equal((HealthStatus.Unhealthy, "There is no certificate yet. Its source has not answered yet."), Said(await CheckAsync()));
        _keeper.Start();
        _source.Say(new IdentityUpdate.Fault("The agent is away."));
        await Eventually.True(() => _keeper.Trouble is not null);
        var result = await CheckAsync(HealthStatus.Degraded);
        Assert.Equal((HealthStatus.Degraded, "There is no certificate yet. The agent is away."), Said(result));
        Assert.Equal("The agent is away.", result.Data["trouble"]);

        var authority = TestAuthority.Root(time: _time);
        _source.Say(authority.Issue(new LeafRequest { NotBefore = _time.GetUtcNow(), NotAfter = _time.GetUtcNow().AddHours(100) }), authority);
        await Eventually.True(() => _keeper.Current.Leaf is not null);
        result = await CheckAsync();
        Assert.Equal(HealthStatus.Healthy, result.Status);
        Assert.Equal(($"spiffe://{authority.TrustDomain}/ns/default/dc/dc1/svc/web", 360_000.0), (result.Data["id"], result.Data["time_left"]));
        Assert.DoesNotContain("trouble", result.Data);

        _source.Say(new IdentityUpdate.Fault("The agent is away."));
        await Eventually.True(() => _keeper.Trouble is not null);
        Assert.Equal((HealthStatus.Degraded, "The identity cannot be read; the certificate is valid until 2000-01-05 04:00:00Z. The agent is away."), Said(await CheckAsync()));
        _source.Say(new IdentityUpdate.Material(ScriptedIdentitySource.Material(authority.Issue(
            new LeafRequest { NotBefore = _time.GetUtcNow(), NotAfter = _time.GetUtcNow().AddHours(100) }), authority)));
        await Eventually.True(() => _keeper.Trouble is null);

        _time.Advance(TimeSpan.FromHours(95));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync()).Status);
        _time.Advance(TimeSpan.FromHours(5));
        result = await CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Contains("expired at 2000-01-05", result.Description, StringComparison.Ordinal);
        Assert.Equal(0.0, result.Data["time_left"]);
    }

    private static (HealthStatus, string?) Said(HealthCheckResult result) => (result.Status, result.Description);

    private Task<HealthCheckResult> CheckAsync(HealthStatus failure = HealthStatus.Unhealthy)
    {
        var check = new IdentityHealthCheck(new MeshSecurity(SecurityMode.Strict, false, _keeper), _time);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("test", check, failure, null) });
    }
}
