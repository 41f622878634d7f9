namespace MeshClient.Primitives;

/// <summary>The rules that several rooms' settings share. Each fault names the key, what was expected and what was found.</summary>
internal static class Ranges
{
    /// <summary>The longest time any setting takes; longer ones are mistyped.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>A time over zero and at most a day.</summary>
    public static IEnumerable<string> Positive(string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > Longest)
            yield return $"{key}: expected a time over zero and at most one day, such as 00:00:02 for 2 s, found {value}.";
    }

    /// <summary>A time of zero or more and at most a day.</summary>
    public static IEnumerable<string> ZeroOrMore(string key, TimeSpan value)
    {
        if (value < TimeSpan.Zero || value > Longest)
            yield return $"{key}: expected a time of zero or more and at most one day, such as 00:00:02 for 2 s, found {value}.";
    }

    /// <summary>A number between two bounds, both included.</summary>
    public static IEnumerable<string> Between(string key, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            yield return FormattableString.Invariant($"{key}: expected {least} to {most}, found {value}.");
    }
}
