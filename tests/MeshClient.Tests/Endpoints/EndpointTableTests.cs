using System.Collections.Immutable;
using MeshClient.Endpoints;
using MeshClient.Model;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Endpoints;

public sealed class EndpointTableTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_start = TimeSpan.FromHours(1);
    private readonly EndpointTable _table = new();

    [Fact]
    public void State_is_kept_by_key_though_weight_and_tags_change()
    {
        var before = _table.Apply([Make.Endpoint(0), Make.Endpoint(1)], s_start).Current[0];
        var changes = _table.Apply([Make.Endpoint(0, weight: 7) with { Tags = ["v2"] }, Make.Endpoint(1)], s_start);
        Assert.Same(before, changes.Current[0]);
        Assert.Equal(7, before.Weight);
        Assert.True(changes.Changed);
        Assert.Empty(changes.Added);
        Assert.Null(before.RampStart);
    }

    [Fact]
    public void Another_order_is_no_change()
    {
        _table.Apply([Make.Endpoint(0), Make.Endpoint(1)], s_start);
        Assert.False(_table.Apply([Make.Endpoint(1), Make.Endpoint(0)], s_start).Changed);
    }

    [Fact]
    public void New_and_removed_endpoints_are_told_apart()
    {
        var first = _table.Apply([Make.Endpoint(0), Make.Endpoint(1)], s_start);
        var changes = _table.Apply([Make.Endpoint(1), Make.Endpoint(2)], s_start);
        Assert.Equal(["web-2"], changes.Added.Select(state => state.Endpoint.InstanceId));
        Assert.Equal([first.Current[0]], changes.Removed);
        Assert.Equal(changes.Current, _table.Current);
    }

    // Else calls would go on by the transport of before: in plain text to an instance that has come to take mutual TLS.
    [Fact]
    public void An_instance_that_is_spoken_to_in_another_way_is_another()
    {
        var (plain, native) = (Make.Endpoint(0), Make.Endpoint(0) with { TakesMutualTls = true });
        _table.Apply([plain], s_start);
        Assert.Equal([native], _table.Apply([native], s_start).Added.Select(state => state.Endpoint));
        Assert.Single(_table.Apply([native with { IsSidecar = true }], s_start).Added);
        // Who it must prove to be hangs on it.
        Assert.Single(_table.Apply([native with { IsSidecar = true, Datacenter = "dc2" }], s_start).Added);
    }

    [Fact]
    public void Only_endpoints_that_join_others_start_slowly()
    {
        Assert.All(_table.Apply([Make.Endpoint(0), Make.Endpoint(1)], s_start).Current, state => Assert.Null(state.RampStart));
        Assert.Equal(s_start, _table.Apply([Make.Endpoint(0), Make.Endpoint(2)], s_start).Added[0].RampStart);
        Assert.All(_table.Apply([Make.Endpoint(7), Make.Endpoint(8)], s_start).Current, state => Assert.Null(state.RampStart));
    }

    [Fact]
    public void An_endpoint_starts_slowly_when_its_checks_pass_and_not_when_it_is_registered()
    {
        _table.Apply([Make.Endpoint(0)], s_start);
        var state = _table.Apply([Make.Endpoint(0), Make.Endpoint(1) with { Health = EndpointHealth.Critical }], s_start).Added[0];
        Assert.Null(state.RampStart);
        _table.Apply([Make.Endpoint(0), Make.Endpoint(1)], s_start);
        Assert.Equal(s_start, state.RampStart);
    }

    [Fact]
    public void A_duplicate_counts_once()
    {
        Assert.Single(_table.Apply([Make.Endpoint(0), Make.Endpoint(0)], s_start).Current);
    }

    [Fact]
    public void An_endpoint_s_state_stays_below_300_bytes_and_a_table_entry_below_a_kilobyte()
    {
        const int Count = 10_000;
        var endpoints = Enumerable.Range(0, Count).Select(i => Make.Endpoint(i)).ToImmutableArray();
        var states = new EndpointState[Count];
        var state = AllocatedFor(Count, () =>
        {
            for (var i = 0; i < Count; i++)
                states[i] = new EndpointState(endpoints[i]);
        });
        Assert.InRange(state, 1, 300);
        // All that is allocated is a bound of what is retained, and other tests' garbage does not disturb it.
        var entry = AllocatedFor(Count, () => _table.Apply(endpoints, s_start));
        Assert.InRange(entry, 1, 1024);
        output.WriteLine($"{state} bytes a state, {entry} allocated an endpoint");
    }

    private static long AllocatedFor(int count, Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / count;
    }
}
