using BenchmarkDotNet.Attributes;

namespace MeshClient.Benchmarks.Snapshots;

/// <summary>An update of a service, from the agent's answer to the new picker.</summary>
[MemoryDiagnoser]
public class SnapshotBenchmarks
{
    private SnapshotScenario? _scenario;

    [Params(1_000, 10_000)]
    public int Instances { get; set; }

    [GlobalSetup]
    public void SetUp() => _scenario = new SnapshotScenario(Instances);

    [GlobalCleanup]
    public void CleanUp() => _scenario?.Dispose();

    [Benchmark]
    public Task Update() => _scenario!.RunAsync(1);
}
