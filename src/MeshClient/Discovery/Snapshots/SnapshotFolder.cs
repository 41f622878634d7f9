using System.Security.Cryptography;
using System.Text.Json;
using MeshClient.Model;
using MeshClient.Primitives;

namespace MeshClient.Discovery.Snapshots;

/// <summary>
/// The files of one registry in a folder, one a service. A file is replaced whole, so that a reader and a crash find the old one or the new
/// one; processes that share the folder write the same, and the last one stays.
/// </summary>
internal sealed class SnapshotFolder(string folder, string source)
{
    /// <summary>Some 100,000 instances: a larger file is not ours.</summary>
    internal const int MaxBytes = 64 << 20;

    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(10);

    public string PathOf(ServiceName service) => Path.Combine(folder, SnapshotPaths.FileName(source, service));

    /// <summary>Reads the set of a service.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">There is a file, but it cannot be used; the message says why, and the remedy.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public SavedSet? Read(ServiceName service)
    {
        try
        {
            using var stream = new FileStream(PathOf(service), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            SnapshotAccess.CheckFolder(folder);
            Check(stream);
            var file = JsonSerializer.Deserialize(stream, SnapshotJson.Default.SnapshotFile);
            var fault = "expected an object, found null";
            return file?.ToSet(source, service, out fault) ?? throw new InvalidDataException($"{Citation.Of(fault)}: delete the file");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"expected JSON of a saved set, found a file that is damaged or another program's: delete it. {Citation.Of(error.Message)}", error);
        }
    }

    /// <summary>Puts a set in the place of the one before.</summary>
    /// <exception cref="InvalidDataException">Others than its owner can write to the folder.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Write(SavedSet set)
    {
        SnapshotAccess.CreateFolder(folder);
        var path = PathOf(set.Snapshot.Service);
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}{SnapshotPaths.Temporary}";
        try
        {
            using (var stream = new FileStream(temporary, NewFile()))
            {
                JsonSerializer.Serialize(stream, SnapshotFile.Of(source, set), SnapshotJson.Default.SnapshotFile);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Deletes what a crash in the middle of a write has left of a service, here or in another process.</summary>
    public void DeleteAbandoned(ServiceName service, DateTimeOffset now)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.EnumerateFiles(folder, $"{SnapshotPaths.FileName(source, service)}.*{SnapshotPaths.Temporary}"))
        {
            if (now - File.GetLastWriteTimeUtc(path) > Abandoned)
                TryDelete(path);
        }
    }

    private static void Check(FileStream stream)
    {
        if (stream.Length > MaxBytes)
            throw new InvalidDataException($"expected at most {MaxBytes >> 20} MiB, found {stream.Length >> 20}: delete the file");
        SnapshotAccess.CheckFile(stream);
    }

    private static FileStreamOptions NewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = SnapshotAccess.OwnerOnly;
        return options;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The one that matters is told by the write itself.
        }
    }
}
