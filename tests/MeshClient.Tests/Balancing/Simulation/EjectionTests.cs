using MeshClient.Endpoints;
using MeshClient.OutlierDetection;
using MeshClient.Primitives;
using MeshClient.Tests.Doubles;

namespace MeshClient.Tests.Balancing.Simulation;

/// <summary>Balancing and ejection together.</summary>
public sealed class EjectionTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Policies => [.. Make.Policies];

    public static TheoryData<string, int> SmallClusters
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (var policy in Make.Policies)
            {
                for (var n = 2; n <= 9; n++)
                    rows.Add(policy, n);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(SmallClusters))]
    public void In_a_small_cluster_an_instance_that_always_fails_is_ejected(string policy, int instances)
    {
        var cluster = FirstFails(policy, instances, new OutlierDetectionOptions(), () => true);
        // Penalised, it gets a call only now and then: 3 minutes are enough for five of them.
        cluster.Run(180 * s_second, 100);
        Assert.Contains(cluster.Changes, change => change.Endpoint == cluster.Endpoints[0] && change.Reason == EjectionReason.ConsecutiveGatewayFailures);
        Assert.DoesNotContain(cluster.Changes, change => change.Endpoint != cluster.Endpoints[0]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void By_Envoy_s_rules_it_is_not(int instances)
    {
        var cluster = FirstFails("RoundRobin", instances, new OutlierDetectionOptions { AtLeastOne = false, MaxEjectionPercent = 10 }, () => true);
        cluster.Run(60 * s_second, 100);
        Assert.Empty(cluster.Changes);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void An_ejected_instance_comes_back_by_probation_and_slow_start(string policy)
    {
        var failing = true;
        var cluster = FirstFails(policy, 5, new OutlierDetectionOptions(), () => failing);
        var start = cluster.Run(s_second, 500)[0];
        cluster.Run(180 * s_second, 500);
        failing = false;
        cluster.Run(300 * s_second, 500);
        var after = cluster.Run(60 * s_second, 500)[0];
        output.WriteLine($"{policy}: {start:P2} in the first second, {after:P1} when well again; {cluster.Changes.Count} changes");
        Assert.InRange(start, 0, 0.1);
        Assert.InRange(after, 0.17, 0.23);
        Assert.Equal(EndpointStanding.Active, cluster.Endpoints[0].Standing);
        Assert.Contains(cluster.Changes, change => change.Reason == EjectionReason.FailedProbation && change.Time >= 60 * s_second);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void When_all_fail_half_are_ejected_at_most_and_none_panics(string policy)
    {
        var cluster = new SimulatedCluster(policy, 9, new OutlierDetectionOptions()) { Answer = (_, _) => new Answer(Outcome.ServerError, 1) };
        cluster.Run(20 * s_second, 500);
        Assert.Equal(4, cluster.Endpoints.Count(endpoint => endpoint.Standing == EndpointStanding.Ejected));
    }

    [Fact]
    public void An_instance_that_fails_a_third_of_its_calls_is_ejected_by_its_rate()
    {
        var cluster = new SimulatedCluster("RoundRobin", 6, new OutlierDetectionOptions { Consecutive5xx = 0, ConsecutiveGatewayFailures = 0 })
        {
            Answer = (n, random) => new Answer(n == 0 && random.NextDouble() < 0.33 ? Outcome.ServerError : Outcome.Success, 2),
        };
        cluster.Run(20 * s_second, 100);
        var change = Assert.Single(cluster.Changes);
        Assert.Equal((cluster.Endpoints[0], EjectionReason.SuccessRate), (change.Endpoint, change.Reason));
    }

    [Fact]
    public void When_all_fail_a_third_of_their_calls_the_rate_ejects_none()
    {
        var cluster = new SimulatedCluster("RoundRobin", 6, new OutlierDetectionOptions { Consecutive5xx = 0, ConsecutiveGatewayFailures = 0 })
        {
            Answer = (_, random) => new Answer(random.NextDouble() < 0.33 ? Outcome.ServerError : Outcome.Success, 2),
        };
        cluster.Run(60 * s_second, 1200);
        Assert.Empty(cluster.Changes);
    }

    private static SimulatedCluster FirstFails(string policy, int instances, OutlierDetectionOptions options, Func<bool> failing) =>
        new(policy, instances, options)
        {
            Answer = (n, random) => n == 0 && failing() ? new Answer(Outcome.GatewayFailure, 0.1) : new Answer(Outcome.Success, 1 + random.NextDouble()),
        };
}
