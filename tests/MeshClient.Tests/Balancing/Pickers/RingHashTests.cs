using System.Collections.Immutable;
using MeshClient.Balancing;
using MeshClient.Balancing.Pickers;
using MeshClient.Endpoints;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing.Pickers;

public sealed class RingHashTests
{
    private const int Keys = 20_000;

    [Fact]
    public void Two_clients_send_a_key_to_the_same_endpoint_in_whatever_order_they_learnt_of_them()
    {
        var endpoints = Make.States(20);
        // States of their own, as in another process.
        var there = Make.States(20).Reverse().ToImmutableArray();
        var (here, elsewhere) = (Make.Picker("RingHash", endpoints), Make.Picker("RingHash", there, seed: 2));
        for (var key = 0; key < Keys; key++)
            Assert.Equal(Owner(here, key).Endpoint.InstanceId, Owner(elsewhere, key).Endpoint.InstanceId);
    }

    [Fact]
    public void The_ring_is_that_of_the_versions_before()
    {
        // A changed hash would move all keys when a fleet is updated: these were written down when the policy was made.
        Assert.Equal(0x44BC2CF5AD770999UL, System.IO.Hashing.XxHash64.HashToUInt64("abc"u8));
        var picker = Make.Picker("RingHash", Make.States(8));
        Assert.Equal("15000575534664551153", string.Concat(Enumerable.Range(0, 20).Select(key => Owner(picker, key).Endpoint.InstanceId[^1])));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(64)]
    public void When_one_of_equals_leaves_only_its_own_keys_move_and_they_spread(int n)
    {
        var endpoints = Make.States(n);
        var gone = endpoints[n / 2];
        var (before, after) = (Make.Picker("RingHash", endpoints), Make.Picker("RingHash", endpoints.Remove(gone)));
        var heirs = new HashSet<EndpointState>();
        var moved = 0;
        for (var key = 0; key < Keys; key++)
        {
            var (was, now) = (Owner(before, key), Owner(after, key));
            if (was != gone)
            {
                Assert.Same(was, now);
                continue;
            }
            moved++;
            heirs.Add(now);
        }
        // Its part of the ring has a standard deviation of 4.4%, and that of the draw of keys is at most 6%: 30% is four of both.
        Assert.InRange(moved * (double)n / Keys, 0.7, 1.3);
        Assert.InRange(heirs.Count, (n - 1) * 0.8, n - 1);
    }

    [Fact]
    public void An_endpoint_that_joins_takes_keys_and_no_other_does()
    {
        var endpoints = Make.States(11);
        var joined = endpoints[10];
        var (before, after) = (Make.Picker("RingHash", endpoints.Remove(joined)), Make.Picker("RingHash", endpoints));
        for (var key = 0; key < Keys; key++)
        {
            var now = Owner(after, key);
            Assert.True(now == joined || now == Owner(before, key));
        }
    }

    [Fact]
    public void A_key_whose_endpoint_is_busy_on_probation_goes_to_one_that_was_tried_rather_than_to_it()
    {
        var endpoints = Make.States(2);
        var picker = Make.Picker("RingHash", endpoints);
        var own = Owner(picker, 1);
        var other = endpoints.Single(endpoint => endpoint != own);
        own.SetStanding(EndpointStanding.Probation);
        Assert.Same(own, Owner(picker, 1));
        own.BeginCall();
        Assert.Same(other, Owner(picker, 1));
        Assert.Same(other, Owner(picker, 1, other));
    }

    [Fact]
    public void Of_many_endpoints_few_keys_move_beside_those_of_the_one_that_left()
    {
        var endpoints = Make.States(300);
        var gone = endpoints[7];
        var (before, after) = (Make.Picker("RingHash", endpoints), Make.Picker("RingHash", endpoints.Remove(gone)));
        var moved = Enumerable.Range(0, Keys).Count(key => Owner(before, key) is var was && was != gone && Owner(after, key) != was);
        Assert.InRange(moved, 0, Keys / 100);
    }

    [Fact]
    public void Keys_are_spread_by_weight()
    {
        int[] weights = [1, 2, 4, 9];
        var endpoints = Make.Weighted(weights);
        var counts = Owners(Make.Picker("RingHash", endpoints), endpoints);
        // The lightest has 128 points: its part has a standard deviation of 8.8%.
        for (var i = 0; i < weights.Length; i++)
            Assert.InRange(counts[i] * 16.0 / weights[i] / Keys, 0.75, 1.25);
    }

    [Fact]
    public void The_lightest_endpoint_has_a_point_and_so_has_each_of_ten_thousand()
    {
        var light = Make.Weighted(1, 65_535);
        Assert.Contains(light[0], Points(new HashRing(light.AsSpan()), light));
        var many = Make.States(10_000);
        var ring = new HashRing(many.AsSpan());
        Assert.Equal(10_000, Points(ring, many).Count);
        Assert.InRange(ring.Length, 10_000, HashRing.MostPoints);
    }

    [Theory]
    [InlineData(2, 1_024)]
    [InlineData(64, 32_768)]
    [InlineData(128, 32_768)]
    public void The_ring_grows_with_the_endpoints_up_to_its_bound(int endpoints, int points) =>
        Assert.Equal(points, new HashRing(Make.States(endpoints).AsSpan()).Length);

    [Fact]
    public void A_hash_belongs_to_the_first_point_at_or_after_it_and_beyond_the_last_to_the_first()
    {
        var ring = new HashRing(Make.States(3).AsSpan());
        Assert.Equal(0, ring.Find(0));
        Assert.Equal(0, ring.Find(ulong.MaxValue));
        var point = System.IO.Hashing.XxHash64.HashToUInt64(System.Runtime.InteropServices.MemoryMarshal.AsBytes("web-1".AsSpan()), 17);
        var at = ring.Find(point);
        Assert.Equal(1, ring.OwnerAt(at));
        Assert.Equal(at, ring.Find(point - 1));
        Assert.Equal(ring.Next(at), ring.Find(point + 1));
        Assert.Equal(0, ring.Next(ring.Length - 1));
    }

    [Fact]
    public void Retries_of_a_key_go_the_same_way_in_every_client()
    {
        var endpoints = Make.States(6);
        var (here, elsewhere) = (Make.Picker("RingHash", endpoints), Make.Picker("RingHash", [.. endpoints.Reverse()], seed: 2));
        var seconds = new HashSet<EndpointState>();
        for (var key = 0; key < 200; key++)
        {
            var first = Owner(here, key);
            EndpointState[] tried = [];
            for (var attempt = 1; attempt < endpoints.Length; attempt++)
            {
                tried = [.. tried, Owner(here, key, tried)];
                var next = Owner(here, key, tried);
                Assert.DoesNotContain(next, tried);
                Assert.Same(next, Owner(elsewhere, key, tried));
                if (attempt == 1 && first == endpoints[0])
                    seconds.Add(next);
            }
            Assert.Same(first, Owner(here, key, [.. endpoints]));
        }
        // Not one neighbour takes all retries of an endpoint.
        Assert.True(seconds.Count >= 4);
    }

    [Fact]
    public void A_key_whose_endpoint_has_its_probation_s_call_goes_where_a_retry_would()
    {
        var endpoints = Make.States(5);
        var picker = Make.Picker("RingHash", endpoints);
        for (var key = 0; key < 50; key++)
        {
            var first = Owner(picker, key);
            var second = Owner(picker, key, first);
            first.SetStanding(EndpointStanding.Probation);
            Assert.Same(first, Owner(picker, key));
            first.BeginCall();
            Assert.Same(second, Owner(picker, key));
            // The second has been tried: another, but not the one on probation.
            Assert.DoesNotContain(Owner(picker, key, second), (EndpointState[])[first, second]);
            first.EndCall();
            first.SetStanding(EndpointStanding.Active);
        }
    }

    [Fact]
    public void A_key_stays_where_it_is_whatever_the_load_and_the_slow_start()
    {
        var endpoints = Make.States(4);
        var picker = Make.Picker("RingHash", endpoints);
        var first = Owner(picker, 1);
        first.BeginRamp(TimeSpan.FromHours(1));
        for (var i = 0; i < 100; i++)
        {
            first.BeginCall();
            Assert.Same(first, Owner(picker, 1));
        }
    }

    [Fact]
    public void Without_a_key_calls_are_spread_evenly()
    {
        var endpoints = Make.States(10);
        Assert.All(Make.Shares(Make.Picker("RingHash", endpoints), endpoints, 20_000), share => Assert.InRange(share, 0.09, 0.11));
    }

    [Fact]
    public void Keys_that_differ_in_their_last_character_alone_are_spread()
    {
        var picker = Make.Picker("RingHash", Make.States(10));
        var common = new string('x', 5_000);
        Assert.Equal(10, Enumerable.Range(0, 200).Select(i => picker.Pick(new PickContext([], hashKey: common + (char)('a' + i)))).Distinct().Count());
    }

    [Fact]
    public void A_pick_by_a_key_of_any_length_allocates_nothing()
    {
        var endpoints = Make.Weighted([.. Enumerable.Range(1, 20)]);
        var picker = Make.Picker("RingHash", endpoints, TimeProvider.System);
        string[] keys = ["", "user-1", "Jürgen", new string('k', 10_000)];
        PickAll();
        var before = GC.GetAllocatedBytesForCurrentThread();
        PickAll();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void PickAll()
        {
            for (var i = 0; i < 1_000; i++)
            {
                foreach (var key in keys)
                {
                    var chosen = picker.Pick(new PickContext([], hashKey: key))!;
                    picker.Pick(new PickContext(new ReadOnlySpan<EndpointState>(in chosen), hashKey: key));
                }
            }
        }
    }

    private static EndpointState Owner(IPicker picker, int key, params EndpointState[] tried) =>
        picker.Pick(new PickContext(tried, hashKey: $"user-{key}"))!;

    private static int[] Owners(IPicker picker, ImmutableArray<EndpointState> endpoints)
    {
        var counts = new int[endpoints.Length];
        for (var key = 0; key < Keys; key++)
            counts[endpoints.IndexOf(Owner(picker, key))]++;
        return counts;
    }

    private static HashSet<EndpointState> Points(HashRing ring, ImmutableArray<EndpointState> endpoints) =>
        [.. Enumerable.Range(0, ring.Length).Select(point => endpoints[ring.OwnerAt(point)])];
}
