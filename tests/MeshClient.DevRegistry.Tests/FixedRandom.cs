using MeshClient.DevRegistry.Primitives;

namespace MeshClient.DevRegistry.Tests;

/// <summary>Draws the same number for ever.</summary>
internal sealed class FixedRandom(double value) : IRandomSource
{
    public double NextDouble() => value;
}
