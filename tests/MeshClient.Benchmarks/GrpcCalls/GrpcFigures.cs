using MeshClient.Benchmarks.Quick;

namespace MeshClient.Benchmarks.GrpcCalls;

/// <summary>What a unary gRPC call costs, and what the mesh adds to it.</summary>
internal static class GrpcFigures
{
    private const double TimeTarget = 1000;
    private const double AllocatedTarget = 400;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private static readonly (string Name, bool Yields, TimeSpan? Time, bool HasTarget)[] s_kinds =
    [
        ("grpc.unary", false, null, true),
        ("grpc.unary-deadline", false, s_deadline, false),
        ("grpc.async.unary", true, null, false),
    ];

    public static async Task MeasureAsync(Figures figures)
    {
        var scenarios = s_kinds.SelectMany(kind => new UnaryScenario[]
        {
            new("plain", Channels.Plain(kind.Yields), kind.Time),
            new("mesh", Channels.Mesh(kind.Yields), kind.Time),
        }).ToArray();
        var measured = await Interleaved.MeasureAsync(scenarios, warmUp: TimeSpan.FromSeconds(3), limit: TimeSpan.FromSeconds(2));
        for (var i = 0; i < s_kinds.Length; i++)
        {
            var (name, hasTarget) = (s_kinds[i].Name, s_kinds[i].HasTarget);
            var (plain, mesh) = (measured[2 * i], measured[2 * i + 1]);
            Add(figures, $"{name}.plain", plain, hasTarget: false);
            Add(figures, $"{name}.mesh", mesh, hasTarget: false);
            Add(figures, $"{name}.mesh.adds", new Measured(mesh.Nanoseconds - plain.Nanoseconds, mesh.Bytes - plain.Bytes), hasTarget);
        }
        Array.ForEach(scenarios, scenario => scenario.Dispose());
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
