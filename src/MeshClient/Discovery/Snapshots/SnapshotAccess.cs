namespace MeshClient.Discovery.Snapshots;

/// <summary>Who else can change what is kept: calls go where it says. Windows has no modes; there the folder's access list is inherited.</summary>
internal static class SnapshotAccess
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode
        Write = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite,
        Any = Write | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes the folder, for its owner alone, if there is none.</summary>
    /// <exception cref="InvalidDataException">There is one that group or others can write to.</exception>
    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        CheckFolder(folder);
    }

    /// <exception cref="InvalidDataException">Group or others can write to the folder, and so put a file of theirs in the place of one of ours.</exception>
    public static void CheckFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        // Of a link the mode is not asked for: it is open to all.
        var mode = (Directory.ResolveLinkTarget(folder, returnFinalTarget: true) ?? new DirectoryInfo(folder)).UnixFileMode;
        if ((mode & Write) != 0)
            throw new InvalidDataException($"expected a folder that its owner alone can write to, found {folder} with mode {Octal(mode)}: chmod go-w it, or set Mesh:Snapshot:Folder to another");
    }

    /// <summary>.NET does not tell a file's owner. But one that is closed to group and others, and is open here, is this user's (or root reads it).</summary>
    /// <exception cref="InvalidDataException">Group or others can open the file.</exception>
    public static void CheckFile(FileStream stream)
    {
        if (OperatingSystem.IsWindows())
            return;
        var mode = File.GetUnixFileMode(stream.SafeFileHandle);
        if ((mode & Any) != 0)
            throw new InvalidDataException($"expected a file that is closed to all but this user, found mode {Octal(mode)}: chmod go= it if it is yours, or delete it");
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');
}
