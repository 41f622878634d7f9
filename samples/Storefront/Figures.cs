using System.Globalization;

namespace Storefront;

/// <summary>Figures of many calls.</summary>
internal static class Figures
{
    /// <summary>A percentile of some time of the calls that did not fail, in milliseconds; NaN = there are none.</summary>
    public static double Percentile(this IEnumerable<Sample> samples, double percentile, Func<Sample, double> time)
    {
        var times = samples.Where(s => s.Catalog is not null).Select(time).Order().ToArray();
        return times.Length == 0 ? double.NaN : times[Math.Min(times.Length - 1, (int)(times.Length * percentile))];
    }

    /// <summary>The part of the calls that an instance served.</summary>
    public static double Share(this IReadOnlyCollection<Sample> samples, string id) =>
        (double)samples.Count(s => s.Catalog == id || s.Pricing == id) / Math.Max(1, samples.Count);

    public static string Text(this int value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Text(this double milliseconds) => double.IsNaN(milliseconds) ? "-" : milliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    public static string Percent(this double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
