using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Xml.Linq;

namespace MeshClient.PackageTests;

/// <summary>What is in the packages. That packing gives no warning is seen to where they are made.</summary>
[Collection(nameof(Builds))]
public sealed class PackageContentTests(Packages packages)
{
    /// <summary>The kind of a document's source in the symbols, by the specification of portable PDBs.</summary>
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    public static TheoryData<string> Ids => [.. Repository.PackageIds];

    [Fact]
    public void There_is_a_package_with_symbols_for_each_project_of_src_and_no_other() =>
        Assert.Equal(
            Repository.PackageIds.SelectMany(id => new[] { packages.PathOf(id), packages.PathOf(id, symbols: true) }).Order(StringComparer.Ordinal),
            Directory.GetFiles(packages.Folder).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_holds_the_assembly_its_documentation_the_readme_and_an_icon(string id)
    {
        using var package = packages.Open(id);
        var files = package.Entries.Select(e => e.FullName).ToArray();
        Assert.Equal([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml"], files.Where(f => f.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.Root, "README.md")), Bytes(package, "README.md"));
        Assert.Equal("PNG"u8, Bytes(package, "icon.png").AsSpan(1, 3));
        var documented = XDocument.Load(new MemoryStream(Bytes(package, $"lib/net10.0/{id}.xml"))).Descendants("member").ToArray();
        Assert.NotEmpty(documented);
        Assert.All(documented, m => Assert.True(m.HasElements, (string?)m.Attribute("name")));
    }

    [Fact]
    public void Editors_get_the_schema_of_the_section_with_the_package()
    {
        using var package = packages.Open("MeshClient");
        Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.Root, "src", "MeshClient", "ConfigurationSchema.json")), Bytes(package, "ConfigurationSchema.json"));
        Assert.Contains("JsonSchemaSegment", System.Text.Encoding.UTF8.GetString(Bytes(package, "buildTransitive/MeshClient.targets")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_says_what_it_is(string id)
    {
        var metadata = Nuspec(id);
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Equal("icon.png", Value(metadata, "icon"));
        Assert.Equal("MeshClient contributors", Value(metadata, "authors"));
        Assert.Contains("service-mesh", Value(metadata, "tags").Split(' '));
        Assert.InRange(Value(metadata, "description").Length, 40, 400);
        Assert.DoesNotContain("Package Description", Value(metadata, "description"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_needs_what_its_project_names_and_nothing_of_the_build(string id)
    {
        var project = Repository.ProjectOf(id);
        var versions = Repository.Versions("Product");
        var named = project.Descendants("PackageReference").Where(r => r.Attribute("PrivateAssets") is null).Select(r => (string)r.Attribute("Include")!)
            .Concat(project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!))).ToArray();
        var needed = Nuspec(id).Descendants().Where(e => e.Name.LocalName == "dependency")
            .ToDictionary(d => (string)d.Attribute("id")!, d => (string)d.Attribute("version")!);

        Assert.All(named, name => Assert.Contains(name, needed.Keys));
        // Beside those, what is pinned centrally and needed by one of them.
        Assert.All(needed, dependency => Assert.Equal(
            Repository.PackageIds.Contains(dependency.Key) ? packages.Version : versions.GetValueOrDefault(dependency.Key), dependency.Value));
        Assert.Equal(
            project.Descendants("FrameworkReference").Select(r => (string)r.Attribute("Include")!),
            Nuspec(id).Descendants().Where(e => e.Name.LocalName == "frameworkReference").Select(e => (string)e.Attribute("name")!));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_symbols_are_those_of_the_assembly_and_hold_the_generated_source(string id)
    {
        using var package = packages.Open(id);
        using var symbols = packages.Open(id, symbols: true);
        using var assembly = new PEReader(new MemoryStream(Bytes(package, $"lib/net10.0/{id}.dll")));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Bytes(symbols, $"lib/net10.0/{id}.pdb")));
        var directory = assembly.ReadDebugDirectory();
        var codeView = directory.Single(e => e.Type == DebugDirectoryEntryType.CodeView);
        Assert.Contains(directory, e => e.Type == DebugDirectoryEntryType.Reproducible);

        var pdb = provider.GetMetadataReader();
        Assert.Equal(new BlobContentId(assembly.ReadCodeViewDebugDirectoryData(codeView).Guid, codeView.Stamp), new BlobContentId(pdb.DebugMetadataHeader!.Id));
        var sources = pdb.Documents.Select(d => (Path: pdb.GetString(pdb.GetDocument(d).Name), IsEmbedded: pdb.GetCustomDebugInformation(d)
            .Any(i => pdb.GetGuid(pdb.GetCustomDebugInformation(i).Kind) == EmbeddedSource))).ToArray();
        Assert.NotEmpty(sources);
        // What lies in the repository is found there, wherever it was checked out; the rest was made by the build.
        Assert.DoesNotContain(sources, s => s.Path.StartsWith(Repository.Root, StringComparison.Ordinal));
        Assert.All(sources, s => Assert.True(s.IsEmbedded || s.Path.StartsWith("/_/src/", StringComparison.Ordinal), s.Path));
        Assert.Contains(sources, s => s.IsEmbedded);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Packed_twice_the_assembly_and_its_symbols_are_the_same(string id)
    {
        foreach (var (extension, file) in new[] { ("nupkg", "dll"), ("nupkg", "xml"), ("snupkg", "pdb") })
        {
            var hashes = new[] { packages.Folder, packages.SecondFolder }.Select(folder =>
            {
                using var package = ZipFile.OpenRead(Path.Combine(folder, $"{id}.{packages.Version}.{extension}"));
                return Convert.ToHexString(SHA256.HashData(Bytes(package, $"lib/net10.0/{id}.{file}")));
            }).ToArray();
            Assert.Equal(hashes[0], hashes[1]);
        }
    }

    private static byte[] Bytes(ZipArchive package, string name)
    {
        var entry = package.GetEntry(name);
        Assert.True(entry is not null, $"Expected {name} in the package, found {string.Join(", ", package.Entries.Select(e => e.FullName))}.");
        using var stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string Value(XElement metadata, string name) => (string)metadata.Elements().Single(e => e.Name.LocalName == name);

    private XElement Nuspec(string id)
    {
        using var package = packages.Open(id);
        return XDocument.Load(new MemoryStream(Bytes(package, $"{id}.nuspec"))).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
    }
}
