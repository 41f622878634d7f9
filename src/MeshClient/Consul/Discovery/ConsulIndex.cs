namespace MeshClient.Consul.Discovery;

/// <summary>Consul's rules for the index of a query that waits.</summary>
internal static class ConsulIndex
{
    /// <summary>The index to wait beyond next; 0 = do not wait.</summary>
    /// <param name="last">The one of the query before; 0 = there was none.</param>
    /// <param name="received">The one of the answer; null = it had none. Never that of an error, which Consul sets to 1.</param>
    public static ulong Next(ulong last, ulong? received) => received switch
    {
        null => 0,
        0 => 1,
        { } index when index < last => 0,
        { } index => index,
    };

    /// <summary>Whether the index went backwards: Consul was restarted empty or restored from a snapshot.</summary>
    public static bool WentBack(ulong last, ulong? received) => received is { } index && index < last;
}
