using System.Diagnostics;
using System.Globalization;
using System.Net;
using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.MutualTls;

/// <summary>
/// What a call by mutual TLS costs through the mesh, against HttpClient and Kestrel with the same certificates set by hand. Both sides in this process and in
/// turns of some milliseconds, so that whatever else the machine does meets both alike.
/// </summary>
internal static class MutualTlsRun
{
    private const double Target = 1.10;
    private const int Clients = 8;
    private const int Ratios = 10;
    private const int TurnsOfRatio = 50;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(4);

    private static readonly (CallShape Shape, bool HasTarget)[] s_shapes =
    [
        (new CallShape("http1", HttpVersion.Version11, Calls: 200), true),
        (new CallShape("http2", HttpVersion.Version20, Calls: 200), true),
        (new CallShape("http2-shared", HttpVersion.Version20, Calls: 400, Shares: true), false),
        (new CallShape("connection", HttpVersion.Version11, Calls: 8, Reconnects: true), false),
    ];

    /// <returns>The exit code: 0, or 1 when a target was missed.</returns>
    public static async Task<int> RunAsync()
    {
        await using var mesh = await MeshSide.StartAsync(Clients);
        await using var hand = await HandSide.StartAsync(Clients, mesh.ServerIdentity, mesh.ClientIdentity);
        var watch = Stopwatch.StartNew();
        var figures = new Figures();
        foreach (var (shape, hasTarget) in s_shapes)
            await MeasureAsync(figures, shape, hasTarget, mesh, hand);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mtls: {figures.Missed} missed, {watch.Elapsed.TotalSeconds:0} s"));
        return figures.Missed == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(Figures figures, CallShape shape, bool hasTarget, ISide mesh, ISide hand)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_warmUp;)
        {
            await shape.RunAsync(hand);
            await shape.RunAsync(mesh);
        }
        var (ratios, byHand, byMesh) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < Ratios; i++)
        {
            var (ofHand, ofMesh) = await TurnsAsync(shape, mesh, hand);
            byHand.Add(ofHand);
            byMesh.Add(ofMesh);
            ratios.Add(ofMesh / ofHand);
        }
        figures.Add($"mtls.{shape.Name}.hand", Median.Of(byHand), "us");
        figures.Add($"mtls.{shape.Name}.mesh", Median.Of(byMesh), "us");
        if (hasTarget)
            figures.AddAtMost($"mtls.{shape.Name}.to-hand", Median.Of(ratios), "x", Target, tolerance: 0);
        else
            figures.Add($"mtls.{shape.Name}.to-hand", Median.Of(ratios), "x");
    }

    // Who goes first changes, so that what one leaves behind, such as a collection that is due, meets both.
    private static async Task<(double Hand, double Mesh)> TurnsAsync(CallShape shape, ISide mesh, ISide hand)
    {
        var (ofHand, ofMesh) = (0.0, 0.0);
        for (var turn = 0; turn < TurnsOfRatio; turn++)
        {
            if (turn % 2 == 0)
                ofHand += await shape.RunAsync(hand);
            ofMesh += await shape.RunAsync(mesh);
            if (turn % 2 != 0)
                ofHand += await shape.RunAsync(hand);
        }
        return (ofHand / TurnsOfRatio, ofMesh / TurnsOfRatio);
    }
}
