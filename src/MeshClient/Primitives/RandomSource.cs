using System.Security.Cryptography;

namespace MeshClient.Primitives;

/// <summary>The draws of production: SplitMix64 (Steele, Lea and Flood, 2014), one stream a thread, each seeded by the system.</summary>
internal sealed class RandomSource : IRandomSource
{
    [ThreadStatic]
    private static ulong s_state;

    public static RandomSource Instance { get; } = new();

    public ulong NextBits()
    {
        // One look-up of the thread's state, which costs more than the step itself.
        ref var state = ref s_state;
        if (state == 0)
            state = Seed();
        return SplitMix64.Next(ref state);
    }

    private static ulong Seed() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
}

/// <summary>The step of SplitMix64, apart, so that a seeded source in tests draws by the same function.</summary>
internal static class SplitMix64
{
    /// <summary>What each draw adds to the state.</summary>
    public const ulong Step = 0x9E3779B97F4A7C15;

    public static ulong Next(ref ulong state)
    {
        var z = state += Step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

/// <summary>What the rooms need of 64 random bits.</summary>
internal static class RandomDraws
{
    /// <summary>A uniform integer in [0, bound), by one draw.</summary>
    public static int NextInt(this IRandomSource random, int bound) => (int)(((random.NextBits() >> 32) * (ulong)(uint)bound) >> 32);

    /// <summary>A uniform number in [0, 1).</summary>
    public static double NextDouble(this IRandomSource random) => (random.NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A uniform time in [0, bound).</summary>
    public static TimeSpan NextTime(this IRandomSource random, TimeSpan bound) => bound * random.NextDouble();
}
