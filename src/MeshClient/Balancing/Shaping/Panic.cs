namespace MeshClient.Balancing.Shaping;

/// <summary>When so many endpoints are ejected that the rest would be overrun, ejection is ignored (Envoy's panic threshold).</summary>
internal static class Panic
{
    /// <summary>Whether all usable endpoints are to be used, ejected or not.</summary>
    /// <param name="usable">How many the registry says may be called.</param>
    /// <param name="available">How many of them are not ejected.</param>
    /// <param name="thresholdPercent">The least percentage that must be available; 0 = never panic.</param>
    public static bool UsesAll(int usable, int available, int thresholdPercent) => (long)available * 100 < (long)usable * thresholdPercent;
}
