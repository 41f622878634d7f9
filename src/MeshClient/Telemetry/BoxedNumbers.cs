namespace MeshClient.Telemetry;

/// <summary>Boxes of the numbers that tags hold: ports, statuses and counts, few of which are met often. A box per tag would cost each call several.</summary>
internal static class BoxedNumbers
{
    private static readonly object?[] s_boxes = new object?[1024];

    public static object True { get; } = true;

    public static object False { get; } = false;

    public static object Of(bool value) => value ? True : False;

    /// <summary>The number's box: the one made before, unless a number in its place was met since.</summary>
    public static object Of(int value)
    {
        ref var box = ref s_boxes[value & (s_boxes.Length - 1)];
        return box is int kept && kept == value ? box : box = value;
    }
}
