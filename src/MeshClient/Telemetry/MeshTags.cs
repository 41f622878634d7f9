namespace MeshClient.Telemetry;

/// <summary>The tags that several signals share.</summary>
internal static class MeshTags
{
    public static readonly TagDefinition Service = new("mesh.service", "The mesh's name of the service, as it stands in URLs.");

    public static readonly TagDefinition ErrorType = new(
        "error.type", "What went wrong: the status of an answer, .NET's word for a failed request such as `connection_error`, or else the type of an exception; `_OTHER` when there is none.");
}
