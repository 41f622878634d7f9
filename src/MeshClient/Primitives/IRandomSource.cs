namespace MeshClient.Primitives;

/// <summary>The one source of random draws: balancing, jitter and back-off draw from it, so that a seeded source makes them repeatable.</summary>
/// <remarks>Implementations are thread-safe.</remarks>
public interface IRandomSource
{
    /// <summary>Draws 64 uniformly distributed bits.</summary>
    /// <returns>The draw.</returns>
    ulong NextBits();
}
