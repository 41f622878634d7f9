using MeshClient.Primitives;

namespace MeshClient.Testing;

/// <summary>Repeatable draws: the same seed gives the same draws in the same order, by the function that production uses. Thread-safe.</summary>
/// <param name="seed">Any number.</param>
public sealed class SeededRandom(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    /// <inheritdoc/>
    public ulong NextBits()
    {
        var before = Interlocked.Add(ref _state, SplitMix64.Step) - SplitMix64.Step;
        return SplitMix64.Next(ref before);
    }
}
