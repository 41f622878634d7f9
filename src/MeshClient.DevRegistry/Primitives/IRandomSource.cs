namespace MeshClient.DevRegistry.Primitives;

/// <summary>The one source of chance: jitter, stagger and the node's ID are drawn from it.</summary>
internal interface IRandomSource
{
    /// <summary>A number in [0, 1).</summary>
    double NextDouble();
}
