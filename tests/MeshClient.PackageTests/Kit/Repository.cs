using System.Xml.Linq;

namespace MeshClient.PackageTests.Kit;

/// <summary>What the tree says of its packages.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The projects that become packages: those in src that do not say otherwise.</summary>
    public static string[] Projects { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories).Where(IsPackable).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> PackageIds => Projects.Select(p => Path.GetFileNameWithoutExtension(p));

    public static XDocument ProjectOf(string package) => XDocument.Load(Projects.Single(p => Path.GetFileNameWithoutExtension(p) == package));

    /// <summary>The versions of the central file, under one of its labels.</summary>
    public static Dictionary<string, string> Versions(string label) =>
        XDocument.Load(Path.Combine(Root, "Directory.Packages.props")).Root!.Elements("ItemGroup").Where(g => (string?)g.Attribute("Label") == label)
            .Elements("PackageVersion").ToDictionary(v => (string)v.Attribute("Include")!, v => (string)v.Attribute("Version")!, StringComparer.OrdinalIgnoreCase);

    private static bool IsPackable(string project) => (string?)XDocument.Load(project).Descendants("IsPackable").LastOrDefault() is not "false";

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MeshClient.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Expected MeshClient.sln in a folder above the tests, found none.");
        return folder.FullName;
    }
}
