using System.Diagnostics;
using System.Globalization;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>The servers in a process of their own, this program again, so that the time of the processor that this one takes is the client's alone.</summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>The mode of the program that <see cref="ServeAsync"/> is.</summary>
    public const string Mode = "grpc-servers";

    private readonly Process _process;

    private ServerProcess(Process process, IReadOnlyList<int> ports)
    {
        _process = process;
        Ports = ports;
    }

    public IReadOnlyList<int> Ports { get; }

    public static async Task<ServerProcess> StartAsync(int count)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        start.ArgumentList.Add(Mode);
        start.ArgumentList.Add(count.ToString(CultureInfo.InvariantCulture));
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Expected the ports of the servers, found that their process has ended.");
        return new(process, [.. line.Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))]);
    }

    /// <summary>Serves until the process that started this one closes its input, by its own end at the latest.</summary>
    public static async Task<int> ServeAsync(int count)
    {
        await using var servers = await Servers.StartAsync(count);
        Console.WriteLine(string.Join(' ', servers.Ports));
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
