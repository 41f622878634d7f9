using System.Collections.Immutable;
using MeshClient.Consul.Discovery;
using MeshClient.Discovery;
using MeshClient.Model;

namespace MeshClient.Tests.Consul.Discovery;

public sealed class ListJoinTests
{
    private static readonly ServiceName Web = new("web");
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Endpoint Plain1 = Plain("n1/web-1");
    private static readonly Endpoint Plain2 = Plain("n1/web-2");
    private static readonly Endpoint Sidecar1 = Sidecar("n1/web-1-sidecar-proxy", "n1/web-1");

    private readonly ListJoin _join = new(Web);

    [Fact]
    public void An_instance_with_a_sidecar_is_taken_by_it_and_the_others_as_they_are() =>
        Assert.Equal([Sidecar1, Plain2], ListJoin.Join([Plain1, Plain2], [Sidecar1]));

    [Fact]
    public void A_native_instance_is_taken_once()
    {
        var native = Plain1 with { TakesMutualTls = true };
        Assert.Equal([native, Plain2], ListJoin.Join([native, Plain2], [native]));
        // The lists are read one after the other, and Consul is late with the secure one: the other one knows who is native, and who is there.
        Assert.Equal([Plain1, Plain2], ListJoin.Join([Plain1, Plain2], [native]));
        Assert.Equal([Sidecar1, Plain2], ListJoin.Join([Plain1, Plain2], [Sidecar1, native with { InstanceId = "n1/web-3" }]));
    }

    [Fact]
    public void A_gateway_is_no_instance() =>
        Assert.Equal([Plain1], ListJoin.Join([Plain1], [Plain("n1/gateway")]));

    [Theory]
    [InlineData(EndpointHealth.Passing, EndpointHealth.Critical, EndpointHealth.Critical)]
    [InlineData(EndpointHealth.Warning, EndpointHealth.Passing, EndpointHealth.Warning)]
    [InlineData(EndpointHealth.Passing, EndpointHealth.Maintenance, EndpointHealth.Maintenance)]
    [InlineData(EndpointHealth.Critical, EndpointHealth.Passing, EndpointHealth.Critical)]
    public void A_sidecar_is_no_healthier_than_its_instance(EndpointHealth sidecar, EndpointHealth instance, EndpointHealth health) =>
        Assert.Equal(health, Assert.Single(ListJoin.Join([Plain1 with { Health = instance }], [Sidecar1 with { Health = sidecar }])).Health);

    [Fact]
    public void A_sidecar_of_the_same_instance_ID_on_another_node_is_of_another_instance() =>
        Assert.Equal([Sidecar("n2/proxy", "n2/web-1"), Plain1], ListJoin.Join([Plain1], [Sidecar("n2/proxy", "n2/web-1")]));

    [Fact]
    public void A_sidecar_that_names_no_instance_hides_none() =>
        Assert.Equal([Sidecar("n1/proxy", null), Plain1], ListJoin.Join([Plain1], [Sidecar("n1/proxy", null)]));

    [Theory]
    [InlineData(EndpointHealth.Critical)]
    [InlineData(EndpointHealth.Maintenance)]
    public void A_sidecar_that_is_down_does_not_open_the_way_past_it(EndpointHealth health) =>
        Assert.DoesNotContain(ListJoin.Join([Plain1], [Sidecar1 with { Health = health }]), endpoint => endpoint.IsUsable);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_set_is_told_before_both_lists_are_known(bool secureIsLate)
    {
        Assert.Empty(secureIsLate ? All(Plain1, Plain2) : Secure(Sidecar1));
        Assert.Empty(secureIsLate ? All(Plain1, Plain2) : Secure(Sidecar1));
        Assert.Equal([Sidecar1, Plain2], Set(secureIsLate ? Secure(Sidecar1) : All(Plain1, Plain2)));
    }

    [Fact]
    public void A_fault_before_the_first_set_is_told_and_brings_no_set()
    {
        All(Plain1);
        var fault = new RegistryUpdate.Fault("away");
        Assert.Equal([fault], _join.Take(secure: true, fault, Start));
        Assert.Empty(All(Plain1, Plain2));
        Assert.Equal([Sidecar1, Plain2], Set(Secure(Sidecar1)));
    }

    [Fact]
    public void A_doubt_before_the_first_set_is_told_with_it()
    {
        var doubt = new RegistryUpdate.Stale(Start, "no leader");
        All(Plain1);
        Assert.Empty(_join.Take(secure: false, doubt, Start));
        var told = Secure(Sidecar1);
        Assert.Equal(2, told.Length);
        Assert.Equal(doubt, told[1]);
    }

    [Fact]
    public void A_list_that_fails_keeps_what_it_told_and_the_doubt_stays_until_it_is_back()
    {
        All(Plain1);
        Secure(Sidecar1);
        _join.Take(secure: true, new RegistryUpdate.Fault("away"), Start);
        _join.Take(secure: true, new RegistryUpdate.Fault("away"), Start.AddSeconds(5));

        var changed = All(Plain1, Plain2);
        Assert.Equal([Sidecar1, Plain2], Assert.IsType<RegistryUpdate.Snapshot>(changed[0]).Value.Endpoints);
        Assert.Equal(new RegistryUpdate.Stale(Start, "away"), changed[1]);

        Assert.Equal([Sidecar1, Plain2], Set(Secure(Sidecar1)));
        Assert.Equal([Sidecar1], Set(All(Plain1)));
    }

    [Fact]
    public void The_instance_is_called_in_plain_text_again_when_its_sidecar_is_deregistered()
    {
        All(Plain1);
        Assert.Equal([Sidecar1], Set(Secure(Sidecar1)));
        Assert.Equal([Plain1], Set(Secure()));
        Assert.Equal([Sidecar1], Set(Secure(Sidecar1)));
    }

    private ImmutableArray<RegistryUpdate> All(params ImmutableArray<Endpoint> endpoints) =>
        _join.Take(secure: false, new RegistryUpdate.Snapshot(new ServiceSnapshot(Web, endpoints)), Start);

    private ImmutableArray<RegistryUpdate> Secure(params ImmutableArray<Endpoint> endpoints) =>
        _join.Take(secure: true, new RegistryUpdate.Snapshot(new ServiceSnapshot(Web, endpoints)), Start);

    private static ImmutableArray<Endpoint> Set(ImmutableArray<RegistryUpdate> told) =>
        Assert.IsType<RegistryUpdate.Snapshot>(Assert.Single(told)).Value.Endpoints;

    private static Endpoint Plain(string id) => new() { InstanceId = id, Host = "10.0.0.1", Port = 80 };

    private static Endpoint Sidecar(string id, string? of) =>
        new() { InstanceId = id, Host = "10.0.0.1", Port = 21000, TakesMutualTls = true, IsSidecar = true, SidecarOf = of };
}
