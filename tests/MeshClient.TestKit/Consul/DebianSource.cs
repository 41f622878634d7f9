namespace MeshClient.TestKit.Consul;

/// <summary>Where this machine itself takes its packages from, and the key that it trusts for them.</summary>
internal sealed record DebianSource(string Uri, string SignedBy)
{
    private const string SourcesFolder = "/etc/apt/sources.list.d";

    /// <summary>The first enabled source of Debian's main packages, or null on a machine without one.</summary>
    public static DebianSource? Find() => !Directory.Exists(SourcesFolder)
        ? null
        : Directory.EnumerateFiles(SourcesFolder, "*.sources")
            .Order(StringComparer.Ordinal)
            .SelectMany(static file => Parse(File.ReadAllText(file)))
            .FirstOrDefault();

    /// <summary>The usable stanzas of a file in deb822 form.</summary>
    public static IEnumerable<DebianSource> Parse(string text) => text
        .ReplaceLineEndings("\n")
        .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(Fields)
        .Where(static fields => Has(fields, "Types", "deb")
            && Has(fields, "Components", "main")
            && Value(fields, "Enabled") is not "no"
            && !Value(fields, "Suites").Contains("security", StringComparison.Ordinal)
            && Value(fields, "URIs").Length > 0
            && Value(fields, "Signed-By").StartsWith('/'))
        .Select(static fields => new DebianSource(Value(fields, "URIs").Split(' ')[0], Value(fields, "Signed-By").Split(' ')[0]));

    private static Dictionary<string, string> Fields(string stanza) => stanza
        .Split('\n')
        .Where(static line => line.Contains(':', StringComparison.Ordinal) && !line.StartsWith('#') && !line.StartsWith(' '))
        .GroupBy(static line => line[..line.IndexOf(':', StringComparison.Ordinal)].Trim(), StringComparer.OrdinalIgnoreCase)
        .ToDictionary(
            static group => group.Key,
            static group => group.First()[(group.First().IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(),
            StringComparer.OrdinalIgnoreCase);

    private static string Value(Dictionary<string, string> fields, string name) => fields.GetValueOrDefault(name, "");

    private static bool Has(Dictionary<string, string> fields, string name, string word) =>
        Value(fields, name).Split(' ').Contains(word, StringComparer.Ordinal);
}
