using MeshClient.Model;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Discovery.Snapshots;

[LogEvents(typeof(SnapshotStore), 1040, 1049)]
internal static partial class SnapshotLog
{
    [LoggerMessage(1040, LogLevel.Warning, "The saved instances of {Service} in {Path} are not used: {Reason}.", EventName = "SnapshotIgnored")]
    public static partial void SavedSetIgnored(this ILogger logger, ServiceName service, string path, string reason);

    [LoggerMessage(1041, LogLevel.Error,
        "The instances of {Service} cannot be saved to {Path}, so a start while the registry is away will not know them: {Reason}. "
        + "Give the process a folder that it alone can write to, or leave out Mesh:Snapshot:Folder.", EventName = "SnapshotNotSaved")]
    public static partial void SetNotSaved(this ILogger logger, Exception exception, ServiceName service, string path, string reason);

    [LoggerMessage(1042, LogLevel.Information, "Instances are saved again, those of {Service} first.", EventName = "SnapshotsSavedAgain")]
    public static partial void SavesAgain(this ILogger logger, ServiceName service);

    [LoggerMessage(1043, LogLevel.Debug, "Saved {Count} instances of {Service} to {Path}.", EventName = "SnapshotSaved")]
    public static partial void SetSaved(this ILogger logger, int count, ServiceName service, string path);
}
