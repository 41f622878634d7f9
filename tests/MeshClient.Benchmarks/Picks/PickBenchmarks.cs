using BenchmarkDotNet.Attributes;
using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.Picks;

/// <summary>The choice of an endpoint by each policy, alone and with its lease.</summary>
[MemoryDiagnoser]
public class PickBenchmarks
{
    private const int Choices = 4_096;

    private Scenario? _scenario;

    public static IEnumerable<string> Policies => Pick.Policies;

    public static IEnumerable<int> Counts => Pick.Counts;

    [ParamsSource(nameof(Policies))]
    public string Policy { get; set; } = "";

    [ParamsSource(nameof(Counts))]
    public int Endpoints { get; set; }

    [GlobalSetup]
    public void SetUp() => _scenario = Pick.Create(Policy, Endpoints);

    [GlobalCleanup]
    public void CleanUp() => _scenario?.Dispose();

    [Benchmark(OperationsPerInvoke = Choices)]
    public Task Choose() => _scenario!.RunAsync(Choices);
}
