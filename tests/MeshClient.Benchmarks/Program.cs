using BenchmarkDotNet.Running;
using MeshClient.Benchmarks;
using MeshClient.Benchmarks.Decisions;
using MeshClient.Benchmarks.GrpcCalls;
using MeshClient.Benchmarks.MutualTls;
using MeshClient.Benchmarks.Overhead;
using MeshClient.Benchmarks.Picks;
using MeshClient.Benchmarks.Quick;
using MeshClient.Benchmarks.Snapshots;

switch (args.FirstOrDefault())
{
    case "quick":
        return await QuickRun.RunAsync(args.ElementAtOrDefault(1) ?? "");
    case "pick":
        return Run(typeof(PickBenchmarks));
    case "intentions":
        return Run(typeof(DecisionBenchmarks));
    case "overhead":
        return Run(typeof(OverheadBenchmarks));
    case "snapshot":
        return Run(typeof(SnapshotBenchmarks));
    case "mtls":
        return await MutualTlsRun.RunAsync();
    case "grpc":
        return await GrpcRun.RunAsync();
    case ServerProcess.Mode:
        return await ServerProcess.ServeAsync(int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
    case "propagation":
        return await Propagation.RunAsync(args.ElementAtOrDefault(1) ?? "");
    default:
        Console.Error.WriteLine(
            """
            Usage: dotnet run -c Release --project tests/MeshClient.Benchmarks -- MODE
              quick [pick|intentions|overhead|grpc|snapshot]  all figures in about a minute; fails when one misses its target
              pick|intentions|overhead|snapshot [options]  the same scenarios by BenchmarkDotNet, with its options
              mtls                                         the processor's time of a call by mutual TLS, against the same set by hand; a minute
              grpc                                         the client's processor time of a gRPC call, against grpc-dotnet's own balancer; half a minute
              propagation [intentions]                     how long a change in the registry takes to reach the picker and the decision
            """);
        return 2;
}

int Run(Type benchmarks) =>
    BenchmarkSwitcher.FromTypes([benchmarks]).RunAll(args: args[1..]).Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(r => !r.Success)) ? 1 : 0;
