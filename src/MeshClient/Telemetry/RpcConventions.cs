namespace MeshClient.Telemetry;

/// <summary>The tags of OpenTelemetry's conventions for RPC.</summary>
internal static class RpcConventions
{
    public static readonly TagDefinition System = new("rpc.system.name", "The kind of RPC.", "grpc");

    public static readonly TagDefinition Method = new(
        "rpc.method", "The full name of the method, such as `pricing.Pricing/GetPrice`; on the server `_OTHER` for one that it does not serve.");

    public static readonly TagDefinition Status = new(
        "rpc.response.status_code", "The status of the call by its name, be it the server's or the client's own.",
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED");

    /// <summary>The one value of <see cref="System"/>.</summary>
    public const string Grpc = "grpc";

    /// <summary>The name of a status that has this number on the wire.</summary>
    public static string NameOf(int status) => Status.Values[status];

    /// <summary>The full name of the method that a URL's path stands for.</summary>
    public static string MethodOf(Uri url) => url.AbsolutePath[1..];
}
