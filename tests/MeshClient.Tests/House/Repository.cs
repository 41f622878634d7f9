namespace MeshClient.Tests.House;

/// <summary>The files that the tests are about.</summary>
internal static class Repository
{
    /// <summary>The folder of MeshClient.sln. Found by it and not by the compiler's paths, which a deterministic build replaces.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MeshClient.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Expected MeshClient.sln in a folder above the tests, found none.");
        return folder.FullName;
    }
}
