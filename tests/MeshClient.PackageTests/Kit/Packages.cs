using System.IO.Compression;
using System.Security.Cryptography;
using System.Xml.Linq;

namespace MeshClient.PackageTests.Kit;

/// <summary>
/// The packages of the tree, packed twice under a version that exists nowhere else, so that no cache can answer for them. The tree is left as it is.
/// </summary>
public sealed class Packages : IAsyncLifetime
{
    private readonly string _temp = Directory.CreateTempSubdirectory("mesh-packages-").FullName;

    public string Version { get; } = $"0.0.0-test.{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>The packages, and a source of them.</summary>
    public string Folder => Path.Combine(_temp, "packages");

    /// <summary>The same once more.</summary>
    public string SecondFolder => Path.Combine(_temp, "again");

    public async ValueTask InitializeAsync()
    {
        var solution = new XElement("Solution", Repository.Projects.Select(p => new XElement("Project", new XAttribute("Path", p))));
        await File.WriteAllTextAsync(Path.Combine(_temp, "src.slnx"), solution.ToString());
        foreach (var output in (string[])[Folder, SecondFolder])
        {
            var artifacts = Path.Combine(_temp, "artifacts");
            await Command.DotNetAsync(
                _temp, "pack", "src.slnx", "-c", "Release", "-o", output, "--artifacts-path", artifacts, $"-p:Version={Version}", "-p:ContinuousIntegrationBuild=true",
                "-warnaserror");
            // The second time everything is compiled anew, in the same place.
            Directory.Delete(artifacts, recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        var listed = await Command.DotNetAsync(_temp, "nuget", "locals", "global-packages", "--list", "--force-english-output");
        var cache = listed[(listed.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        foreach (var id in Repository.PackageIds)
        {
            var restored = Path.Combine(cache, id.ToLowerInvariant(), Version);
            if (Directory.Exists(restored))
                Directory.Delete(restored, recursive: true);
            // An empty folder would be all that is left of a package that was never released.
            if (Directory.Exists(Path.GetDirectoryName(restored)) && !Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(restored)!).Any())
                Directory.Delete(Path.GetDirectoryName(restored)!);
        }
        Directory.Delete(_temp, recursive: true);
    }

    public ZipArchive Open(string package, bool symbols = false) => ZipFile.OpenRead(PathOf(package, symbols));

    public string PathOf(string package, bool symbols = false) => Path.Combine(Folder, $"{package}.{Version}.{(symbols ? "snupkg" : "nupkg")}");
}
