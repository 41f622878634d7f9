using System.Collections.Immutable;
using MeshClient.Balancing;
using MeshClient.Endpoints;
using MeshClient.Model;
using Microsoft.Extensions.Time.Testing;

namespace MeshClient.Tests.Doubles;

/// <summary>Endpoints and pickers for tests.</summary>
internal static class Make
{
    public static readonly string[] Policies = ["PeakEwma", "LeastRequest", "RoundRobin", "WeightedRoundRobin", "Random", "RingHash"];

    public static Endpoint Endpoint(int number, int weight = 1) =>
        new() { InstanceId = $"web-{number}", Host = "10.0.0.1", Port = 8000 + number, Weight = weight };

    public static ImmutableArray<EndpointState> States(int count) => [.. Enumerable.Range(0, count).Select(i => new EndpointState(Endpoint(i)))];

    public static ImmutableArray<EndpointState> Weighted(params int[] weights) =>
        [.. weights.Select((weight, i) => new EndpointState(Endpoint(i, weight)))];

    public static IPicker Picker(
        string policy, ImmutableArray<EndpointState> endpoints, TimeProvider? time = null, BalancingOptions? options = null, ulong seed = 1) =>
        new PickerFactory().Get(policy, "test")(
            new PickerContext(endpoints, new SeededRandom(seed), time ?? new FakeTimeProvider(), options ?? new BalancingOptions()));

    /// <summary>The share of each endpoint in so many picks, none of which is ever in flight at the next.</summary>
    public static double[] Shares(IPicker picker, ImmutableArray<EndpointState> endpoints, int picks, params EndpointState[] tried)
    {
        var counts = endpoints.ToDictionary(endpoint => endpoint, _ => 0);
        for (var i = 0; i < picks; i++)
            counts[picker.Pick(new PickContext(tried))!]++;
        return [.. endpoints.Select(endpoint => (double)counts[endpoint] / picks)];
    }

    /// <summary>Records so many good answers of the same latency, so that the endpoint counts as measured.</summary>
    public static void Measured(EndpointState endpoint, double milliseconds, TimeSpan now, int samples = 5)
    {
        for (var i = 0; i < samples; i++)
            endpoint.RecordLatency(TimeSpan.FromMilliseconds(milliseconds), now);
    }

    public static void Fails(EndpointState endpoint, Outcome outcome, TimeSpan now, int times = 1)
    {
        for (var i = 0; i < times; i++)
            Lease.Begin(endpoint, now).Complete(outcome, now);
    }
}
