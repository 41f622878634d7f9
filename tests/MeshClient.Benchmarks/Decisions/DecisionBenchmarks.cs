using BenchmarkDotNet.Attributes;
using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.Decisions;

/// <summary>Whether a caller may make a request.</summary>
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    private const int Decisions = 4_096;

    private Scenario? _scenario;

    public static IEnumerable<string> Kinds => DecisionScenario.Kinds;

    public static IEnumerable<int> Counts => DecisionScenario.Counts;

    [ParamsSource(nameof(Kinds))]
    public string Kind { get; set; } = "";

    [ParamsSource(nameof(Counts))]
    public int Intentions { get; set; }

    [GlobalSetup]
    public void SetUp() => _scenario = new DecisionScenario(Kind, Intentions);

    [GlobalCleanup]
    public void CleanUp() => _scenario?.Dispose();

    [Benchmark(OperationsPerInvoke = Decisions)]
    public Task Decide() => _scenario!.RunAsync(Decisions);
}
