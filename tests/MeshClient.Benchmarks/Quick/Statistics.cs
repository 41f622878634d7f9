namespace MeshClient.Benchmarks.Quick;

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The median over the rounds of what the one took longer than the other in the same round.</summary>
    public static double MedianDifference(Measured one, Measured other) =>
        Median(one.Nanoseconds.Zip(other.Nanoseconds, (a, b) => a - b));

    /// <summary>The median over the rounds of how many times the other's time the one took in the same round.</summary>
    public static double MedianRatio(Measured one, Measured other) =>
        Median(one.Nanoseconds.Zip(other.Nanoseconds, (a, b) => a / b));
}
