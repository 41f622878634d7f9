using System.ComponentModel;

namespace MeshClient.PackageTests.Kit;

/// <summary>What compiling ahead of time needs of the machine.</summary>
internal static class NativeTools
{
    private const string Remedy = "install a linker, on Debian and Ubuntu by \"apt-get install clang zlib1g-dev\", "
        + "elsewhere as https://learn.microsoft.com/dotnet/core/deploying/native-aot/#prerequisites says";

    /// <summary>Fails in CI and skips elsewhere where something is missing. Nothing is installed.</summary>
    public static async Task RequireAsync()
    {
        if (await MissingAsync() is not { } missing)
            return;
        Assert.False(string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase), missing);
        Assert.Skip(missing);
    }

    private static async Task<string?> MissingAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            var where = Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.ProgramFilesX86), "Microsoft Visual Studio", "Installer", "vswhere.exe");
            return File.Exists(where) ? null : $"Expected Visual Studio's C++ tools, found none: {Remedy}.";
        }
        var folder = Directory.CreateTempSubdirectory("mesh-linker-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "main.c"), "int main(void) { return 0; }\n");
            var found = "no clang and no gcc on the PATH";
            foreach (var compiler in (string[])["clang", "gcc"])
            {
                try
                {
                    var (code, output) = await Command.TryAsync(folder.FullName, compiler, "main.c", "-o", "main");
                    if (code == 0)
                        return null;
                    // The build takes the first one that is there, whether it works or not.
                    return $"Expected a {compiler} that links, found one that does not: {Remedy}. {output}";
                }
                catch (Win32Exception)
                {
                    // The next one.
                }
            }
            return $"Expected clang or gcc, found {found}: {Remedy}.";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
