using System.Diagnostics;
using System.Globalization;
using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>
/// What a unary call over loopback costs its client through the mesh, against grpc-dotnet with its own balancer to the same servers, in turns of some milliseconds, so
/// that whatever else the machine does meets all alike.
/// </summary>
internal static class GrpcRun
{
    private const double Target = 1.05;
    private const int ServerCount = 3;
    private const int Callers = 8;
    private const int CallsOfTurn = 400;
    private const int Ratios = 10;
    private const int TurnsOfRatio = 50;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(8);

    /// <returns>The exit code: 0, or 1 when a target was missed.</returns>
    public static async Task<int> RunAsync()
    {
        using var servers = await ServerProcess.StartAsync(ServerCount);
        using var own = Channels.RoundRobin(servers.Ports);
        using var roundRobin = Channels.Mesh(servers.Ports, "RoundRobin");
        using var peakEwma = Channels.Mesh(servers.Ports, "PeakEwma");
        Channel[] channels = [own, roundRobin, peakEwma];
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < s_warmUp)
            await TurnsAsync(channels, first: 0);
        var times = channels.Select(_ => new List<double>()).ToArray();
        for (var i = 0; i < Ratios; i++)
        {
            var sums = new double[channels.Length];
            for (var turn = 0; turn < TurnsOfRatio; turn++)
                Add(sums, await TurnsAsync(channels, first: turn));
            for (var c = 0; c < channels.Length; c++)
                times[c].Add(sums[c] / TurnsOfRatio);
        }
        var figures = new Figures();
        figures.Add("grpc.loopback.grpc-dotnet.cpu", Median.Of(times[0]), "us");
        figures.Add("grpc.loopback.mesh-round-robin.cpu", Median.Of(times[1]), "us");
        figures.Add("grpc.loopback.mesh-peak-ewma.cpu", Median.Of(times[2]), "us");
        figures.AddAtMost("grpc.loopback.mesh-round-robin.to-grpc-dotnet", Median.Of(times[1].Zip(times[0], (mesh, plain) => mesh / plain)), "x", Target, tolerance: 0);
        figures.Add("grpc.loopback.mesh-peak-ewma.to-grpc-dotnet", Median.Of(times[2].Zip(times[0], (mesh, plain) => mesh / plain)), "x");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"grpc: {figures.Missed} missed, {watch.Elapsed.TotalSeconds:0} s"));
        return figures.Missed == 0 ? 0 : 1;
    }

    // Who goes first changes, so that what one leaves behind, such as a collection that is due, meets all.
    private static async Task<double[]> TurnsAsync(Channel[] channels, int first)
    {
        var times = new double[channels.Length];
        for (var i = 0; i < channels.Length; i++)
        {
            var c = (first + i) % channels.Length;
            times[c] = await TurnAsync(channels[c]);
        }
        return times;
    }

    /// <returns>The processor's time of this process, the client's, for one call.</returns>
    private static async Task<double> TurnAsync(Channel channel)
    {
        // What the turn before has left to do is not this one's.
        await Task.Delay(2);
        var before = Environment.CpuUsage.TotalTime;
        var left = CallsOfTurn;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await Calls.CallAsync(channel.Invoker, time: null);
        })));
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / CallsOfTurn;
    }

    private static void Add(double[] sums, double[] times)
    {
        for (var i = 0; i < sums.Length; i++)
            sums[i] += times[i];
    }
}
