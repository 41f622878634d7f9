using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Identity;

public sealed class MeshSecurityTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedIdentitySource _source = new();
    private readonly TestMeters _meters = new();
    private readonly IdentityKeeper _keeper;

    public MeshSecurityTests() => _keeper = new IdentityKeeper(_source, _time, new SeededRandom(1), new IdentityMetrics(_meters), new TestLog<IdentityKeeper>());

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public void Without_security_all_callers_are_served() => Assert.Null(MeshSecurity.Off.Unfit(_time.GetUtcNow()));

    [Theory]
    [InlineData(SecurityMode.Strict, true)]
    [InlineData(SecurityMode.Permissive, false)]
    public async Task Without_a_certificate_that_is_valid_callers_by_mutual_TLS_are_refused(SecurityMode mode, bool all)
    {
        var security = new MeshSecurity(mode, DryRun: false, _keeper);
        Assert.Equal(all, security.Unfit(_time.GetUtcNow())!.ForAll);
        Assert.Contains("has no certificate yet", security.Unfit(_time.GetUtcNow())!.Reason, StringComparison.Ordinal);

        var authority = TestAuthority.Root(time: _time);
        _keeper.Start();
        await Eventually.True(() => _source.Started == 1);
        _source.Say(authority.Issue("web"), authority);
        await Eventually.True(() => _keeper.IsReady);
        Assert.Null(security.Unfit(_time.GetUtcNow()));

        var expired = security.Unfit(_time.GetUtcNow().AddDays(4))!;
        Assert.Equal(all, expired.ForAll);
        Assert.Contains("expired at", expired.Reason, StringComparison.Ordinal);
    }
}
