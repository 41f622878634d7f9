namespace MeshClient.DevRegistry.Primitives;

/// <summary>A seeded generator that many threads may draw from.</summary>
internal sealed class SeededRandomSource(int seed) : IRandomSource
{
    private readonly Lock gate = new();
    private readonly Random random = new(seed);

    public double NextDouble()
    {
        lock (gate)
        {
            return random.NextDouble();
        }
    }
}
