namespace MeshClient.DevRegistry.Primitives;

internal static class RandomSourceExtensions
{
    /// <summary>A part of <paramref name="range"/>, at least zero and less than the whole.</summary>
    public static TimeSpan Stagger(this IRandomSource random, TimeSpan range) => range * random.NextDouble();

    /// <summary>An ID in the form of a node's.</summary>
    public static Guid NextId(this IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[16];
        foreach (ref var b in bytes)
        {
            b = (byte)(random.NextDouble() * 256);
        }
        return new Guid(bytes);
    }
}
