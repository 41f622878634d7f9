using MeshClient.Primitives;

namespace MeshClient.Tests.Doubles;

/// <summary>Repeatable draws by the function of production. Not thread-safe.</summary>
internal sealed class SeededRandom(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    public ulong NextBits() => SplitMix64.Next(ref _state);
}
