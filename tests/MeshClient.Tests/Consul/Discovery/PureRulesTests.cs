using System.Collections.Immutable;
using System.Text.Json;
using MeshClient.Consul.Api;
using MeshClient.Consul.Discovery;
using MeshClient.Model;

namespace MeshClient.Tests.Consul.Discovery;

public sealed class PureRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0ul, 33ul, 33ul, false)]
    [InlineData(33ul, 33ul, 33ul, false)]
    [InlineData(33ul, 34ul, 34ul, false)]
    [InlineData(142ul, 12ul, 0ul, true)]
    [InlineData(0ul, 0ul, 1ul, false)]
    [InlineData(33ul, 0ul, 1ul, true)]
    [InlineData(33ul, null, 0ul, false)]
    public void The_index_follows_Consuls_rules(ulong last, ulong? received, ulong next, bool wentBack)
    {
        Assert.Equal(next, ConsulIndex.Next(last, received));
        Assert.Equal(wentBack, ConsulIndex.WentBack(last, received));
    }

    [Fact]
    public void Two_queries_go_at_once_and_then_four_a_second()
    {
        var bucket = new TokenBucket(Start);
        var now = Start;
        var waits = new List<double>();
        for (var i = 0; i < 6; i++)
        {
            var wait = bucket.Take(now);
            waits.Add(wait.TotalMilliseconds);
            now += wait;
        }
        Assert.Equal([0, 0, 250, 250, 250, 250], waits);
    }

    [Fact]
    public void A_quiet_time_earns_the_burst_and_no_more()
    {
        var bucket = new TokenBucket(Start);
        Assert.Equal(TimeSpan.Zero, bucket.Take(Start));
        var later = Start.AddHours(1);
        Assert.Equal([0, 0, 250], [.. Enumerable.Range(0, 3).Select(_ => bucket.Take(later).TotalMilliseconds)]);
    }

    [Fact]
    public void A_recorded_instance_without_an_address_has_its_nodes()
    {
        var endpoint = Assert.Single(Map(Recorded.WebWithoutAddress));
        Assert.Equal(
            new Endpoint { InstanceId = "srv-1/web", Host = "127.0.0.1", Port = 19080, Node = "srv-1", Datacenter = "dc1", TakesMutualTls = true }, endpoint);
    }

    [Theory]
    [InlineData("""{"ID":"a","Port":1}""", false, false)]
    [InlineData("""{"ID":"a","Port":1,"Connect":{"Native":true}}""", true, false)]
    [InlineData("""{"ID":"a","Port":1,"Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web"}}""", true, true)]
    [InlineData("""{"ID":"a","Port":1,"Kind":"mesh-gateway"}""", false, false)]
    public void Native_instances_and_sidecars_take_mutual_tls(string service, bool takesMutualTls, bool isSidecar)
    {
        var endpoint = Assert.Single(Map($$"""[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{{service}}}]"""));
        Assert.Equal((takesMutualTls, isSidecar), (endpoint.TakesMutualTls, endpoint.IsSidecar));
    }

    [Theory]
    [InlineData("""{"ID":"a","Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web","DestinationServiceID":"web-1"}}""", "n/web-1")]
    [InlineData("""{"ID":"a","Kind":"connect-proxy","Proxy":{"DestinationServiceName":"web"}}""", null)]
    [InlineData("""{"ID":"a","Kind":"connect-proxy"}""", null)]
    [InlineData("""{"ID":"a","Proxy":{"DestinationServiceID":"web-1"}}""", null)]
    public void A_sidecar_names_its_instance_where_it_was_registered_with_one(string service, string? instance) =>
        Assert.Equal(instance, Assert.Single(Map($$"""[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{{service}}}]""")).SidecarOf);

    [Fact]
    public void A_recorded_instance_in_maintenance_is_not_used()
    {
        var endpoint = Assert.Single(Map(Recorded.WebInMaintenance));
        Assert.Equal(EndpointHealth.Maintenance, endpoint.Health);
        Assert.Equal(("v3", "3"), (endpoint.Tags[0], endpoint.Meta["version"]));
        Assert.False(endpoint.IsUsable);
    }

    [Theory]
    [InlineData("passing,passing", EndpointHealth.Passing, 10)]
    [InlineData("passing,warning", EndpointHealth.Warning, 2)]
    [InlineData("critical,warning", EndpointHealth.Critical, 10)]
    [InlineData("warning,unheard-of", EndpointHealth.Critical, 10)]
    public void Health_is_the_worst_check_and_chooses_the_weight(string checks, EndpointHealth health, int weight)
    {
        var list = string.Join(',', checks.Split(',').Select(status => $$"""{"CheckID":"c","Status":"{{status}}"}"""));
        var endpoint = Assert.Single(Map($$$"""[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{"ID":"a","Port":1,"Weights":{"Passing":10,"Warning":2}},"Checks":[{{{list}}}]}]"""));
        Assert.Equal((health, weight), (endpoint.Health, endpoint.Weight));
    }

    [Fact]
    public void A_node_in_maintenance_takes_its_instances_out()
    {
        var endpoint = Assert.Single(Map(
            """[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{"ID":"a","Port":1},"Checks":[{"CheckID":"_node_maintenance","Status":"critical"},{"CheckID":"x","Status":"critical"}]}]"""));
        Assert.Equal(EndpointHealth.Maintenance, endpoint.Health);
    }

    [Fact]
    public void A_weight_of_zero_while_warning_takes_no_calls()
    {
        var endpoint = Assert.Single(Map(
            """[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{"ID":"a","Port":1,"Weights":{"Passing":1,"Warning":0}},"Checks":[{"CheckID":"x","Status":"warning"}]}]"""));
        Assert.False(endpoint.IsUsable);
    }

    [Fact]
    public void Nulls_and_missing_members_are_filled_in()
    {
        var endpoints = Map(
            """[{},{"Service":{"ID":"no-address"}},{"Node":{"Address":"10.0.0.1"},"Service":{"ID":"a","Tags":[null,"t"],"Meta":{"k":null},"Weights":null},"Checks":null}]""");
        var endpoint = Assert.Single(endpoints);
        Assert.Equal(("a", 0, 1, "t", ""), (endpoint.InstanceId, endpoint.Port, endpoint.Weight, endpoint.Tags.Single(), endpoint.Meta["k"]));
        Assert.False(endpoint.IsUsable);
    }

    [Theory]
    [InlineData("::1", "::1")]
    [InlineData("[fe80::1]", "fe80::1")]
    [InlineData("web-1.internal", "web-1.internal")]
    public void Hosts_are_kept_without_brackets(string address, string host)
    {
        var endpoint = Assert.Single(Map($$"""[{"Node":{"Node":"n","Address":"10.0.0.1"},"Service":{"ID":"a","Port":1,"Address":"{{address}}"},"Checks":[]}]"""));
        Assert.Equal(host, endpoint.Host);
    }

    [Fact]
    public void The_same_service_ID_on_two_nodes_is_two_instances()
    {
        var endpoints = Map("""[{"Node":{"Node":"n1","Address":"10.0.0.1"},"Service":{"ID":"web","Port":1}},{"Node":{"Node":"n2","Address":"10.0.0.2"},"Service":{"ID":"web","Port":1}}]""");
        Assert.Equal(["n1/web", "n2/web"], endpoints.Select(endpoint => endpoint.InstanceId));
    }

    [Fact]
    public void Held_instances_go_as_they_come_back_and_the_rest_when_the_grace_is_over()
    {
        var hold = new RestartHold(TimeSpan.FromSeconds(60));
        var before = Endpoints(1, 2, 3);
        Assert.Equal(before, hold.Apply(before, [], restarted: true, Start));
        Assert.Equal(Start, hold.Since);

        // web-1 is back at another port: the old address is not held beside the new one.
        var moved = Endpoints(1)[0] with { Port = 99 };
        Assert.Equal([moved, before[1], before[2]], hold.Apply(before, [moved], false, Start.AddSeconds(59)));
        Assert.Equal([moved], hold.Apply(before, [moved], false, Start.AddSeconds(60)));
        Assert.Null(hold.Since);
    }

    [Fact]
    public void Nothing_is_held_without_a_restart_or_without_a_grace()
    {
        Assert.Empty(new RestartHold(TimeSpan.FromSeconds(60)).Apply(Endpoints(1), [], restarted: false, Start));
        Assert.Empty(new RestartHold(TimeSpan.Zero).Apply(Endpoints(1), [], restarted: true, Start));
    }

    [Fact]
    public void A_restart_that_lost_nothing_holds_nothing()
    {
        var hold = new RestartHold(TimeSpan.FromSeconds(60));
        Assert.Equal(Endpoints(1, 2), hold.Apply(Endpoints(1), Endpoints(1, 2), restarted: true, Start));
        Assert.Null(hold.Since);
    }

    private static ImmutableArray<Endpoint> Endpoints(params int[] numbers) =>
        [.. numbers.Select(number => new Endpoint { InstanceId = $"n/web-{number}", Host = "10.0.0.1", Port = number })];

    private static ImmutableArray<Endpoint> Map(string json) =>
        new EndpointMapper().Map([.. JsonSerializer.Deserialize<HealthEntry[]>(json)!]);
}
