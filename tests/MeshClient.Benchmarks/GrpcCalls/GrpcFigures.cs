using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>What a unary gRPC call costs, and what the mesh adds to it.</summary>
internal static class GrpcFigures
{
    private const double TimeTarget = 1000;
    private const double AllocatedTarget = 400;

    public static async Task MeasureAsync(Figures figures)
    {
        await MeasureAsync(figures, "grpc.unary", yields: false, time: null, hasTarget: true);
        await MeasureAsync(figures, "grpc.unary-deadline", yields: false, TimeSpan.FromSeconds(30), hasTarget: false);
        await MeasureAsync(figures, "grpc.unary.async", yields: true, time: null, hasTarget: false);
    }

    private static async Task MeasureAsync(Figures figures, string prefix, bool yields, TimeSpan? time, bool hasTarget)
    {
        using var plain = new UnaryScenario("plain", Channels.Plain(yields), time);
        using var mesh = new UnaryScenario("mesh", Channels.Mesh(yields), time);
        var measured = await Interleaved.MeasureAsync([plain, mesh], warmUp: TimeSpan.FromSeconds(2), limit: TimeSpan.FromSeconds(1));
        Add(figures, $"{prefix}.plain", measured[0], hasTarget: false);
        Add(figures, $"{prefix}.mesh", measured[1], hasTarget: false);
        Add(figures, $"{prefix}.mesh.adds", new Measured(measured[1].Nanoseconds - measured[0].Nanoseconds, measured[1].Bytes - measured[0].Bytes), hasTarget);
    }

    private static void Add(Figures figures, string name, Measured measured, bool hasTarget)
    {
        if (hasTarget)
        {
            figures.AddAtMost($"{name}.time", measured.Nanoseconds, "ns", TimeTarget, tolerance: 0);
            figures.AddAtMost($"{name}.allocated", measured.Bytes, "B", AllocatedTarget, tolerance: 0);
            return;
        }
        figures.Add($"{name}.time", measured.Nanoseconds, "ns");
        figures.Add($"{name}.allocated", measured.Bytes, "B");
    }
}
