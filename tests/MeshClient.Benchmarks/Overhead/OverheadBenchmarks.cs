using BenchmarkDotNet.Attributes;

namespace MeshClient.Benchmarks.Overhead;

/// <summary>A whole call by each client.</summary>
[MemoryDiagnoser]
public class OverheadBenchmarks
{
    private const int Calls = 64;

    private CallScenario? _scenario;
    private IDisposable? _entered;

    public static IEnumerable<string> Clients => CallScenario.Names;

    [ParamsSource(nameof(Clients))]
    public string Client { get; set; } = "";

    /// <summary>Whether the transport answers on another thread.</summary>
    [Params(false, true)]
    public bool Yields { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _scenario = CallScenario.Create(Client, Yields);
        _entered = _scenario.Enter();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _entered?.Dispose();
        _scenario?.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public Task Call() => _scenario!.RunAsync(Calls);
}
