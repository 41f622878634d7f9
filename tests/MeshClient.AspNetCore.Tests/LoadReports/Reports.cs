using MeshClient.LoadReports;

namespace MeshClient.AspNetCore.Tests.LoadReports;

internal static class Reports
{
    // What an entry with a name of ten characters takes: two tags and lengths, the name, and a number with its tag.
    private const int Entry = 23;

    /// <summary>A report that takes so many bytes.</summary>
    /// <param name="bytes">How many; 23 or more.</param>
    /// <param name="letter">What its names begin with.</param>
    public static LoadReport Of(int bytes, char letter = 'a')
    {
        var names = Enumerable.Range(1, (bytes / Entry) - 1).Select(i => $"{letter}{i:000000000}").ToList();
        names.Add(new string(letter, 10 + (bytes % Entry)));
        return new() { NamedMetrics = names.ToDictionary(static n => n, static _ => 0.5) };
    }
}
