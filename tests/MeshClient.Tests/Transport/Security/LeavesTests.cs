using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using MeshClient.Transport.Security;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Transport.Security;

/// <summary>What connections make of a new leaf of this process.</summary>
public sealed class LeavesTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedIdentitySource _source = new();
    private readonly TestMeters _meters = new();
    private readonly TestAuthority _authority;
    private readonly IdentityKeeper _keeper;
    private readonly ClientSecurity _security;
    private int _told;

    public LeavesTests()
    {
        _authority = TestAuthority.Root(time: _time);
        _keeper = new IdentityKeeper(_source, _time, new SeededRandom(1), new IdentityMetrics(_meters), new TestLog<IdentityKeeper>());
        _security = new ClientSecurity(new MeshSecurity(SecurityMode.Strict, DryRun: false, _keeper), _time, new PeerRefusals(_time, new TestLog<PeerRefusals>()));
        // After it: by then it has taken the identity in, which is in force a moment before anybody is told.
        _keeper.Changed += _ => Interlocked.Increment(ref _told);
    }

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task Another_certificate_and_other_intermediates_are_another_leaf_and_other_roots_are_not()
    {
        var changes = 0;
        _security.LeafChanged += () => changes++;
        var leaf = _authority.Issue("web");
        var next = TestAuthority.Root(_authority.TrustDomain, time: _time);
        await SaidAsync(leaf, _authority);
        await SaidAsync(leaf, _authority, next);
        Assert.Equal(0, changes);
        await SaidAsync(leaf.With(next.CrossSign(_authority)), _authority, next);
        Assert.Equal(1, changes);
        await SaidAsync(_authority.Issue("web"), _authority, next);
        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task By_a_leaf_that_has_expired_no_connection_is_made_though_another_is_in_force()
    {
        await SaidAsync(_authority.Issue(new LeafRequest { NotAfter = _time.GetUtcNow().AddMinutes(5) }), _authority);
        var endpoint = Make.Endpoint(0);
        using var handler = new SocketsHttpHandler { ConnectCallback = (_, _) => new(Stream.Null) };
        using var connections = new SecureConnections(_security, _security.UsableLeaf(endpoint), new("catalog"), endpoint);
        connections.Apply(handler);
        await SaidAsync(_authority.Issue("web"), _authority);
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        await handler.ConnectCallback!(null!, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<MeshIdentityException>(async () => await handler.ConnectCallback!(null!, CancellationToken.None));
        Assert.Equal((PeerVerdict.Expired, true), (error.Verdict, error.IsOwn));
        Assert.Contains("It has been replaced", error.Message, StringComparison.Ordinal);
    }

    private async Task SaidAsync(TestLeaf leaf, params TestAuthority[] roots)
    {
        _keeper.Start();
        var before = Volatile.Read(ref _told);
        _source.Say(leaf, roots);
        await Eventually.True(() => Volatile.Read(ref _told) > before);
    }
}
