using MeshClient.Benchmarks;
using MeshClient.Benchmarks.Quick;

switch (args.FirstOrDefault())
{
    case "quick":
        return await QuickRun.RunAsync(args.ElementAtOrDefault(1) ?? "");
    case "propagation":
        await Propagation.RunAsync();
        return 0;
    default:
        Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/MeshClient.Benchmarks -- quick [overhead] | propagation");
        return 2;
}
