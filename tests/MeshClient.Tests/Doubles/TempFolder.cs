namespace MeshClient.Tests.Doubles;

/// <summary>A real folder that ends with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mesh-").FullName;

    public string[] Files => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
