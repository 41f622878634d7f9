using System.Diagnostics;

namespace MeshClient.TestKit.Consul;

/// <summary>
/// Finds the agent's binary: CONSUL_BIN, then PATH, then the cache, then Debian 11's package, fetched with private apt
/// folders (nothing is installed, apt checks the signature).
/// </summary>
internal static class ConsulBinary
{
    private const string Suite = "bullseye";

    private static readonly Lazy<Task<string>> Found = new(FindAsync);

    /// <exception cref="ConsulUnavailableException">This machine cannot have one; the message says why.</exception>
    public static Task<string> GetAsync() => Found.Value;

    private static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("CONSUL_BIN") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new ConsulUnavailableException($"CONSUL_BIN names {named}, which is not there");
        }
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(static folder => Path.Combine(folder, "consul"))
            .FirstOrDefault(File.Exists);
        if (onPath is not null)
        {
            return onPath;
        }
        var cache = Path.Combine(CacheRoot(), "meshclient-tests", "consul-1.8.7");
        var binary = Path.Combine(cache, "consul");
        if (File.Exists(binary))
        {
            return binary;
        }
        Directory.CreateDirectory(cache);
        await using (await LockAsync(Path.Combine(cache, ".lock")))
        {
            if (!File.Exists(binary))
            {
                await FetchAsync(cache, binary);
            }
        }
        return binary;
    }

    private static string CacheRoot() => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
        ? cache
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    // The open file is the lock: the system lets go of it even when its process is killed.
    private static async Task<FileStream> LockAsync(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private static async Task FetchAsync(string cache, string binary)
    {
        var source = OperatingSystem.IsLinux() ? DebianSource.Find() : null;
        if (source is null)
        {
            throw new ConsulUnavailableException("no CONSUL_BIN, no consul on PATH, and no Debian package source on this machine");
        }
        var work = Path.Combine(cache, $"fetch-{Environment.ProcessId}");
        try
        {
            foreach (var folder in (string[])["state/lists/partial", "cache/archives/partial", "unpacked"])
            {
                Directory.CreateDirectory(Path.Combine(work, folder));
            }
            await File.WriteAllTextAsync(Path.Combine(work, "sources.list"), $"deb [signed-by={source.SignedBy}] {source.Uri} {Suite} main\n");
            await File.WriteAllTextAsync(Path.Combine(work, "status"), "");
            string[] options =
            [
                $"Dir::Etc::sourcelist={work}/sources.list", "Dir::Etc::sourceparts=/dev/null", $"Dir::State={work}/state",
                $"Dir::State::lists={work}/state/lists", $"Dir::State::status={work}/status", $"Dir::Cache={work}/cache",
                "APT::Sandbox::User=root", "Acquire::Check-Valid-Until=false",
            ];
            string[] apt = [.. options.SelectMany(static option => (string[])["-o", option])];
            await RunAsync(work, "apt-get", [.. apt, "update"]);
            await RunAsync(work, "apt-get", [.. apt, "download", "consul"]);
            var package = Directory.EnumerateFiles(work, "consul*.deb").First();
            await RunAsync(work, "dpkg-deb", ["-x", package, $"{work}/unpacked"]);
            File.Move(Path.Combine(work, "unpacked/usr/bin/consul"), binary, overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task RunAsync(string folder, string command, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = await process.StandardError.ReadToEndAsync();
            await output;
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                throw new ConsulUnavailableException($"{command} ended with {process.ExitCode}: {errors.Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new ConsulUnavailableException($"{command} does not run here: {e.Message}");
        }
    }
}
