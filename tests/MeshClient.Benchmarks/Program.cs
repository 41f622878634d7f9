using MeshClient.Benchmarks;

switch (args.FirstOrDefault())
{
    case "propagation":
        await Propagation.RunAsync();
        return 0;
    default:
        Console.Error.WriteLine("Usage: dotnet run -c Release --project tests/MeshClient.Benchmarks -- propagation");
        return 2;
}
