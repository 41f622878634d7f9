using System.Xml.Linq;

namespace MeshClient.PackageTests.Kit;

/// <summary>A user's project: in a folder outside of the tree, with the packages and the machine's own sources.</summary>
internal sealed class OutsideProject : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-outside-").FullName;
    private readonly string _name;

    private OutsideProject(string name) => _name = name;

    /// <summary>Writes one.</summary>
    /// <param name="packages">The packages under test.</param>
    /// <param name="name">The project's name.</param>
    /// <param name="sdk">Its SDK.</param>
    /// <param name="sources">The files it is made of, below the root of the tree.</param>
    /// <param name="references">Packages and their versions.</param>
    /// <param name="items">Other items.</param>
    public static OutsideProject Create(
        Packages packages, string name, string sdk, string[] sources, (string Id, string Version)[] references, params XElement[] items)
    {
        var project = new OutsideProject(name);
        project.Write(packages, sdk, references, items);
        foreach (var source in sources)
            File.Copy(Path.Combine(Repository.Root, source), Path.Combine(project._folder, Path.GetFileName(source)));
        for (var above = new DirectoryInfo(project._folder); above is not null; above = above.Parent)
            Assert.False(File.Exists(Path.Combine(above.FullName, "Directory.Build.props")), $"{above}: a file of the build here would change what a user's project is.");
        return project;
    }

    public string Output => Path.Combine(_folder, "out");

    /// <summary>Builds it and runs what was built.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> RunAsync(params IEnumerable<string> arguments)
    {
        await Command.DotNetAsync(_folder, "build", "-c", "Release", "-o", Output, "-warnaserror");
        return await Command.DotNetAsync(_folder, [Path.Combine(Output, $"{_name}.dll"), .. arguments]);
    }

    /// <summary>Publishes it as native code.</summary>
    /// <returns>The path of the program.</returns>
    public async Task<string> PublishNativeAsync()
    {
        await Command.DotNetAsync(
            _folder, "publish", "-c", "Release", "-o", Output, "-p:PublishAot=true", "-p:ILLinkTreatWarningsAsErrors=true", "-p:TrimmerSingleWarn=false", "-warnaserror");
        return Path.Combine(Output, OperatingSystem.IsWindows() ? $"{_name}.exe" : _name);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(Packages packages, string sdk, (string Id, string Version)[] references, XElement[] items)
    {
        new XElement("Project", new XAttribute("Sdk", sdk),
            new XElement("PropertyGroup",
                new XElement("OutputType", "Exe"),
                new XElement("TargetFramework", "net10.0"),
                new XElement("Nullable", "enable"),
                new XElement("ImplicitUsings", "enable"),
                new XElement("TreatWarningsAsErrors", "true"),
                // What becomes known of a dependency one day is for the tree's own build to say.
                new XElement("NuGetAudit", "false")),
            new XElement("ItemGroup", references.Select(r =>
                new XElement("PackageReference", new XAttribute("Include", r.Id), new XAttribute("Version", r.Version)))),
            new XElement("ItemGroup", items)).Save(Path.Combine(_folder, $"{_name}.csproj"));
        new XElement("configuration",
            new XElement("packageSources",
                new XElement("add", new XAttribute("key", "packages-under-test"), new XAttribute("value", packages.Folder))))
            .Save(Path.Combine(_folder, "nuget.config"));
    }
}
