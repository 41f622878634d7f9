using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using MeshClient.Balancing;
using MeshClient.Benchmarks.Quick;
using MeshClient.Endpoints;
using MeshClient.Model;
using MeshClient.Primitives;

namespace MeshClient.Benchmarks.Picks;

/// <summary>The choice of an endpoint out of so many, which have calls in flight and a measured latency.</summary>
internal class PickScenario<TPolicy>(int endpoints, string suffix = "") : Scenario(Pick.NameOf(TPolicy.Name + suffix, endpoints))
    where TPolicy : struct, IPolicy
{
    protected IPicker Picker { get; } = new PickerFactory().Get(TPolicy.Name, "")(
        new PickerContext(Pick.Endpoints(endpoints), RandomSource.Instance, TimeProvider.System, new BalancingOptions()));

    public override Task RunAsync(int count)
    {
        var picker = Picker;
        for (var i = 0; i < count; i++)
            Pick.Keep(picker.Pick(new PickContext([], canResend: true)));
        return Task.CompletedTask;
    }
}

/// <summary>The same with the lease, from its beginning over the headers to the end of the body, as a call that succeeds holds it.</summary>
internal sealed class LeaseScenario<TPolicy>(int endpoints) : PickScenario<TPolicy>(endpoints, Pick.WithLease)
    where TPolicy : struct, IPolicy
{
    public override Task RunAsync(int count)
    {
        var (picker, time) = (Picker, TimeProvider.System);
        for (var i = 0; i < count; i++)
        {
            var lease = Lease.Begin(picker.Pick(new PickContext([], canResend: true))!, time.Now());
            lease.Headers(Outcome.Success, time.Now());
            lease.Complete(Outcome.Success, time.Now());
        }
        return Task.CompletedTask;
    }
}

/// <summary>What the scenarios choose from.</summary>
internal static class Pick
{
    public const string WithLease = "+lease";

    public static readonly int[] Counts = [10, 1_000, 10_000];

    public static string NameOf(string policy, int endpoints) => $"{policy}-{endpoints}";

    public static IReadOnlyList<string> Policies { get; } =
    [
        PeakEwma.Name, LeastRequest.Name, RoundRobin.Name, WeightedRoundRobin.Name, RandomChoice.Name, YarpScenario.Policy,
        PeakEwma.Name + WithLease, LeastRequest.Name + WithLease, RoundRobin.Name + WithLease, WeightedRoundRobin.Name + WithLease, RandomChoice.Name + WithLease,
    ];

    /// <summary>The choice by one of the policies.</summary>
    /// <param name="policy">One of <see cref="Policies"/>.</param>
    /// <param name="endpoints">Out of how many.</param>
    public static Scenario Create(string policy, int endpoints) => policy switch
    {
        YarpScenario.Policy => new YarpScenario(endpoints),
        "PeakEwma" => new PickScenario<PeakEwma>(endpoints),
        "LeastRequest" => new PickScenario<LeastRequest>(endpoints),
        "RoundRobin" => new PickScenario<RoundRobin>(endpoints),
        "WeightedRoundRobin" => new PickScenario<WeightedRoundRobin>(endpoints),
        "Random" => new PickScenario<RandomChoice>(endpoints),
        "PeakEwma" + WithLease => new LeaseScenario<PeakEwma>(endpoints),
        "LeastRequest" + WithLease => new LeaseScenario<LeastRequest>(endpoints),
        "RoundRobin" + WithLease => new LeaseScenario<RoundRobin>(endpoints),
        "WeightedRoundRobin" + WithLease => new LeaseScenario<WeightedRoundRobin>(endpoints),
        "Random" + WithLease => new LeaseScenario<RandomChoice>(endpoints),
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, $"Expected one of {string.Join(", ", Policies)}."),
    };

    /// <summary>So many endpoints, each with up to three calls in flight, a latency of 2 to 22 ms and a reported load of which the highest is ten times the lowest.</summary>
    public static ImmutableArray<EndpointState> Endpoints(int count)
    {
        var endpoints = new EndpointTable().Apply(
            [.. Enumerable.Range(0, count).Select(i => new Endpoint { InstanceId = $"web-{i}", Host = "10.0.0.1", Port = 1_000 + i })],
            TimeProvider.System.Now()).Current;
        var random = new Random(17);
        foreach (var endpoint in endpoints)
        {
            for (var sample = 0; sample < 10; sample++)
                endpoint.RecordLatency(TimeSpan.FromMilliseconds(2 + (20 * random.NextDouble())), TimeProvider.System.Now());
            for (var call = random.Next(4); call > 0; call--)
                endpoint.BeginCall();
            // Since before the blackout of the policy that goes by it.
            var now = TimeProvider.System.Now();
            endpoint.RecordReport(100, now - TimeSpan.FromSeconds(30));
            endpoint.RecordReport(100 + (900 * random.NextDouble()), now);
        }
        return endpoints;
    }

    /// <summary>Takes a choice, so that the compiler leaves nothing of it out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Keep(object? chosen)
    {
    }
}
