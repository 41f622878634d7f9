namespace MeshClient.DocumentationTests;

/// <summary>A block of C# in a document.</summary>
/// <param name="Document">Its path from the root.</param>
/// <param name="Line">The line of its first statement.</param>
/// <param name="Code">What stands in it.</param>
public sealed record Snippet(string Document, int Line, string Code)
{
    private const string Begin = "```csharp", End = "```";

    /// <summary>All of the repository's documents.</summary>
    public static IEnumerable<Snippet> All() =>
        Directory.EnumerateFiles(Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateDirectories(Path.Combine(Root, "samples")).SelectMany(folder => Directory.EnumerateFiles(folder, "*.md")))
            .Order(StringComparer.Ordinal)
            .SelectMany(path => In(Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllLines(path)));

    public static IEnumerable<Snippet> In(string document, string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() != Begin)
                continue;
            var first = i + 1;
            while (++i < lines.Length && lines[i].Trim() != End)
            {
            }
            yield return new Snippet(document, first + 1, string.Join('\n', lines[first..i]));
        }
    }

    public override string ToString() => $"{Document}:{Line}";

    // By its file and not by the compiler's paths, which a deterministic build replaces.
    private static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MeshClient.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Expected MeshClient.sln in a folder above the tests, found none.");
        return folder.FullName;
    }
}
