namespace MeshClient.Primitives;

/// <summary>How a field of Protocol Buffers is written, the lower three bits of its tag.</summary>
internal static class WireType
{
    public const uint Varint = 0;
    public const uint Fixed64 = 1;
    public const uint Length = 2;
    public const uint Fixed32 = 5;
}
