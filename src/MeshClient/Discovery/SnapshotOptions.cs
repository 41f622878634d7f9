namespace MeshClient.Discovery;

/// <summary>The sets of instances that are kept on disk, so that a service can start while the registry is away (<c>Mesh:Snapshot</c>).</summary>
public sealed class SnapshotOptions
{
    /// <summary>The longest <see cref="MaxAge"/>.</summary>
    internal static readonly TimeSpan LongestAge = TimeSpan.FromDays(30);

    /// <summary>
    /// The folder they are kept in, an absolute path; made when it is missing. Processes of one user may share it. Default null: nothing is kept.
    /// </summary>
    public string? Folder { get; set; }

    /// <summary>How old a kept set may be to be used, since the registry last confirmed it. Default 24 h; over zero, at most 30 days.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What is wrong with the options, one sentence each.</summary>
    internal IEnumerable<string> Faults(string path)
    {
        if (Folder is not null && !Path.IsPathFullyQualified(Folder))
        {
            yield return $"{path}:{nameof(Folder)}: expected an absolute path, such as \"{Example}\", found \"{Folder}\": "
                + "a relative one would depend on where the program is started; leave the key out to keep nothing.";
        }
        if (MaxAge <= TimeSpan.Zero || MaxAge > LongestAge)
            yield return $"{path}:{nameof(MaxAge)}: expected a time over zero and at most 30 days, such as 1.00:00:00 for a day, found {MaxAge}.";
    }

    private static string Example => OperatingSystem.IsWindows() ? @"C:\ProgramData\web\mesh" : "/var/lib/web/mesh";
}
