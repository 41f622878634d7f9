namespace MeshClient.Grpc;

/// <summary>The bodies that gRPC's client for .NET sends.</summary>
internal static class GrpcBody
{
    /// <summary>
    /// Whether a body is one message and no stream. The type is internal to the client, so its name has to do; where that changes, the body is kept while it is
    /// sent, as any stream is.
    /// </summary>
    public static bool IsMessage(HttpContent content)
    {
        var type = content.GetType();
        return type.Name.StartsWith("PushUnaryContent", StringComparison.Ordinal) && type.Namespace == "Grpc.Net.Client.Internal";
    }
}
