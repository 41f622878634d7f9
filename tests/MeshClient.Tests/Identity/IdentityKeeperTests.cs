using MeshClient.Identity;
using MeshClient.TestKit.Certificates;
using MeshClient.Tests.Doubles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Identity;

public sealed partial class IdentityKeeperTests : IAsyncDisposable
{
    private const int LeafInForce = 1600, BundleInForce = 1601, Trouble = 1602, StillInTrouble = 1603, Recovered = 1604, NearExpiry = 1605, Expired = 1606, ReaderFailed = 1607;

    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedIdentitySource _source = new();
    private readonly TestLog<IdentityKeeper> _log = new();
    private readonly TestMeters _meters = new();
    private readonly Measurements _measurements;
    private readonly TestAuthority _authority;
    private readonly IdentityKeeper _keeper;
    private readonly List<WorkloadIdentity> _changes = [];

    public IdentityKeeperTests()
    {
        _measurements = new Measurements(_meters);
        _authority = TestAuthority.Root(time: _time);
        _keeper = new IdentityKeeper(_source, _time, new SeededRandom(1), new IdentityMetrics(_meters), _log);
        _keeper.Changed += _changes.Add;
    }

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _measurements.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Nothing_is_read_before_the_start_and_one_stream_after_it()
    {
        Assert.Equal((null, null, 0), (_keeper.Current.Leaf, _keeper.Current.Bundle, _source.Started));
        Assert.False(_keeper.Current.IsUsable(_time.GetUtcNow()));
        Assert.Empty(_measurements.Take("mesh.identity.leaf.time_left"));
        _keeper.Start();
        _keeper.Start();
        await StartedAsync();
        Assert.Equal(1, _source.Started);
    }

    [Fact]
    public async Task A_leaf_and_its_roots_are_in_force_at_once()
    {
        var leaf = _authority.Issue("web");
        await SaidAsync(leaf);
        Assert.Equal(leaf.Certificate.Thumbprint, _keeper.Current.Leaf!.Certificate.Thumbprint);
        Assert.Equal(_authority.Certificate.Thumbprint, Assert.Single(_keeper.Current.Bundle!.Roots).Thumbprint);
        Assert.True(_keeper.Current.IsUsable(_time.GetUtcNow()));
        Assert.Contains("/svc/web until 2000-01-04", Text(LeafInForce), StringComparison.Ordinal);
        Assert.Equal(["mesh.identity.part=leaf 1", "mesh.identity.part=bundle 1"], _measurements.Take("mesh.identity.updates"));
        Assert.Equal([$"mesh.identity.id={_keeper.Current.Leaf.Id} 259200"], _measurements.Take("mesh.identity.leaf.time_left"));
    }

    [Fact]
    public async Task What_did_not_change_stays_the_object_it_was()
    {
        var leaf = _authority.Issue("web");
        await SaidAsync(leaf);
        var first = _keeper.Current;
        _source.Say(leaf, _authority);
        await SaidAsync(leaf, [_authority, TestAuthority.Root(time: _time)]);

        Assert.Equal(2, _changes.Count);
        Assert.Same(first.Leaf, _keeper.Current.Leaf);
        Assert.Equal(2, _keeper.Current.Bundle!.Roots.Length);
        Assert.Equal((1, 1), (_log.Count(LeafInForce), _log.Count(BundleInForce)));

        var renewed = _authority.Issue("web");
        await SaidAsync(renewed, [.. Roots(_keeper.Current)]);
        Assert.Same(_changes[1].Bundle, _keeper.Current.Bundle);
        Assert.Equal(["mesh.identity.part=leaf 1", "mesh.identity.part=bundle 1", "mesh.identity.part=bundle 1", "mesh.identity.part=leaf 1"],
            _measurements.Take("mesh.identity.updates"));
    }

    [Fact]
    public async Task The_same_leaf_with_its_cross_signed_root_is_a_change()
    {
        var renewed = TestAuthority.Root(time: _time);
        var leaf = renewed.Issue("web");
        await SaidAsync(leaf, [_authority, renewed]);
        await SaidAsync(leaf.With(_authority.CrossSign(renewed)), [_authority, renewed]);
        Assert.Single(_keeper.Current.Leaf!.Context.IntermediateCertificates);
        Assert.NotSame(_changes[0].Leaf, _changes[1].Leaf);
    }

    [Fact]
    public async Task Roots_may_come_before_the_first_leaf()
    {
        await SaidAsync(new IdentityMaterial(_authority.TrustDomain, [_authority.Pem], null, null));
        Assert.Null(_keeper.Current.Leaf);
        Assert.NotNull(_keeper.Current.Bundle);
        Assert.False(_keeper.Current.IsUsable(_time.GetUtcNow()));
        await SaidAsync(_authority.Issue("web"));
        Assert.True(_keeper.Current.IsUsable(_time.GetUtcNow()));
    }

    [Fact]
    public async Task Readers_hear_of_changes_in_order_and_one_that_fails_keeps_none_from_the_others()
    {
        var order = new List<string>();
        _keeper.Changed += _ => throw new InvalidOperationException("not today");
        _keeper.Changed += identity => order.Add(identity.Leaf!.Certificate.Thumbprint + (identity == _keeper.Current));
        TestLeaf[] leaves = [_authority.Issue("web"), _authority.Issue("web"), _authority.Issue("web")];
        _keeper.Start();
        foreach (var leaf in leaves)
            _source.Say(leaf, _authority);
        await Eventually.True(() => order.Count == 3);
        Assert.Equal(leaves.Select(l => l.Certificate.Thumbprint + "True"), order);
        Assert.Equal((3, 1), (_log.Count(ReaderFailed), _source.Started));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_that_ends_or_throws_is_started_again_with_growing_rests(bool throws)
    {
        await SaidAsync(_authority.Issue("web"));
        var rests = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            var (started, at) = (_source.Started, _time.GetUtcNow());
            _source.Break(throws ? new IOException("the pipe is broken") : null);
            await Eventually.True(_time, TimeSpan.FromMilliseconds(12 * Math.Pow(2, i)), () => _source.Started > started);
            rests.Add((_time.GetUtcNow() - at).TotalSeconds);
        }
        // Time runs on by steps while the other thread notices: the bounds below are exact, those above are not.
        for (var i = 0; i < rests.Count; i++)
            Assert.True(rests[i] >= Math.Min(30, 0.25 * Math.Pow(2, i)) / 2, $"rest {i}: {rests[i]} s");
        Assert.NotNull(_keeper.Current.Leaf);
        Assert.Equal((1, 8), (_log.Count(Trouble), _log.Count(StillInTrouble)));
        Assert.Contains(throws ? "the pipe is broken" : "ended its stream", _keeper.Trouble, StringComparison.Ordinal);
        Assert.Equal(9, _measurements.Take("mesh.identity.errors").Count(m => m == $"error.type={(throws ? "System.IO.IOException" : "_OTHER")} 1"));

        await SaidAsync(_authority.Issue("web"));
        Assert.Equal((1, (string?)null), (_log.Count(Recovered), _keeper.Trouble));
    }

    [Fact]
    public async Task Faults_of_two_kinds_by_turns_are_warned_of_once_each()
    {
        _keeper.Start();
        for (var i = 0; i < 5; i++)
        {
            _source.Say(new IdentityUpdate.Fault("The roots are away.") { ErrorType = "500" });
            _source.Say(new IdentityUpdate.Fault("The leaf is away.", new IOException()));
        }
        await Eventually.True(() => _log.Entries.Count == 10);
        Assert.Equal((2, 8), (_log.Count(Trouble), _log.Count(StillInTrouble)));
        Assert.Equal("The identity cannot be read; there is no leaf yet. The roots are away.", Text(Trouble));
        Assert.Equal("The leaf is away.", _keeper.Trouble);
        Assert.Equal(["error.type=500 1", "error.type=System.IO.IOException 1"], _measurements.Take("mesh.identity.errors").Distinct());

        await SaidAsync(_authority.Issue("web"));
        _source.Say(new IdentityUpdate.Fault("The leaf is away."));
        await Eventually.True(() => _log.Count(Trouble) == 3);
    }

    [Fact]
    public async Task Expiry_is_warned_of_at_95_percent_and_an_error_at_its_end()
    {
        var life = TimeSpan.FromHours(100);
        await SaidAsync(_authority.Issue(new LeafRequest { NotBefore = _time.GetUtcNow(), NotAfter = _time.GetUtcNow() + life }));
        Advance(TimeSpan.FromHours(94.9));
        Assert.Equal((0, 0), (_log.Count(NearExpiry), _log.Count(Expired)));
        Advance(TimeSpan.FromHours(0.2));
        Assert.Equal((1, 0), (_log.Count(NearExpiry), _log.Count(Expired)));
        Assert.Contains("has not been renewed. The source has delivered no new one.", Text(NearExpiry), StringComparison.Ordinal);
        Assert.True(_keeper.Current.IsUsable(_time.GetUtcNow()));
        Advance(TimeSpan.FromHours(5));
        Assert.Equal((1, 1), (_log.Count(NearExpiry), _log.Count(Expired)));
        Assert.Equal(LogLevel.Error, _log.Entries.Single(e => e.Id == Expired).Level);
        Assert.False(_keeper.Current.IsUsable(_time.GetUtcNow()));
        Assert.False(await _keeper.WaitUntilReadyAsync(TimeSpan.FromSeconds(1), default));
        Assert.EndsWith(" -360", Assert.Single(_measurements.Take("mesh.identity.leaf.time_left")), StringComparison.Ordinal);
        Advance(TimeSpan.FromDays(9));
        Assert.Equal(1, _log.Count(Expired));

        await SaidAsync(_authority.Issue("web"));
        Assert.True(await _keeper.WaitUntilReadyAsync(TimeSpan.FromSeconds(1), default));
    }

    [Fact]
    public async Task A_leaf_that_is_renewed_in_time_is_not_warned_of()
    {
        await SaidAsync(_authority.Issue("web"));
        for (var day = 0; day < 20; day++)
        {
            Advance(TimeSpan.FromDays(2));
            await SaidAsync(_authority.Issue("web"));
        }
        Assert.Equal((0, 0, 21), (_log.Count(NearExpiry), _log.Count(Expired), _log.Count(LeafInForce)));
    }

    [Fact]
    public async Task Those_who_wait_are_let_go_by_the_first_leaf_or_their_limit()
    {
        var waiting = _keeper.WaitUntilReadyAsync(TimeSpan.FromSeconds(5), default);
        await StartedAsync();
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await waiting);
        waiting = _keeper.WaitUntilReadyAsync(TimeSpan.FromSeconds(5), default);
        _source.Say(_authority.Issue("web"), _authority);
        Assert.True(await waiting);
        using var given = new CancellationTokenSource();
        await given.CancelAsync();
        Assert.True(await _keeper.WaitUntilReadyAsync(TimeSpan.FromSeconds(5), given.Token));
    }

    [Fact]
    public async Task Disposal_ends_the_stream_and_says_nothing_of_it()
    {
        await SaidAsync(_authority.Issue("web"));
        await _keeper.DisposeAsync();
        await _keeper.DisposeAsync();
        Assert.Equal([LeafInForce], _log.Entries.Select(e => e.Id));
        _keeper.Start();
        Assert.Equal(1, _source.Started);
    }

    private Task StartedAsync() => Eventually.True(() => _source.Started > 0);

    private Task SaidAsync(TestLeaf leaf, TestAuthority[]? roots = null) => SaidAsync(ScriptedIdentitySource.Material(leaf, roots ?? [_authority]));

    private Task SaidAsync(TestLeaf leaf, string[] roots) => SaidAsync(ScriptedIdentitySource.Material(leaf, _authority) with { Roots = roots });

    private async Task SaidAsync(IdentityMaterial material)
    {
        var before = _changes.Count;
        _keeper.Start();
        _source.Say(material);
        await Eventually.True(() => Volatile.Read(ref before) < _changes.Count);
    }

    private IdentityMaterial Material(TestLeaf leaf) => ScriptedIdentitySource.Material(leaf, _authority);

    private static IEnumerable<string> Roots(WorkloadIdentity identity) => identity.Bundle!.Roots.Select(r => r.ExportCertificatePem());

    // In steps, for a timer is set for a day at most.
    private void Advance(TimeSpan by)
    {
        var until = _time.GetUtcNow() + by;
        while (_time.GetUtcNow() < until)
            _time.Advance(until - _time.GetUtcNow() < TimeSpan.FromHours(1) ? until - _time.GetUtcNow() : TimeSpan.FromHours(1));
    }

    private string Text(int id) => _log.Entries.First(e => e.Id == id).Text;
}
