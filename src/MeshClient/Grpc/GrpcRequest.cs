using MeshClient.Resilience;

namespace MeshClient.Grpc;

/// <summary>Whether a request is a call of gRPC.</summary>
internal enum GrpcKind : byte
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>It is.</summary>
    Native,

    /// <summary>It is one of gRPC-Web, which has its status in the body and rides as any other request.</summary>
    Web,
}

/// <summary>What a request of a gRPC client says of its call (gRPC over HTTP/2).</summary>
internal static class GrpcRequest
{
    /// <summary>The time that the caller still waits.</summary>
    public const string TimeoutHeader = "grpc-timeout";

    /// <summary>The metadata by which callers prove who they are.</summary>
    public const string Authorization = "authorization";

    private const string PreviousAttempts = "grpc-previous-rpc-attempts";

    private const string MediaType = "application/grpc", WebMediaType = "application/grpc-web";

    /// <summary>Whether a request is a call of gRPC.</summary>
    public static GrpcKind KindOf(HttpRequestMessage request) =>
        request.Content?.Headers.ContentType?.MediaType is not { } type ? GrpcKind.None
        : IsMediaType(type) ? GrpcKind.Native
        : type.StartsWith(WebMediaType, StringComparison.OrdinalIgnoreCase) ? GrpcKind.Web : GrpcKind.None;

    /// <summary>Whether a request is a call of gRPC, and not of gRPC-Web.</summary>
    public static bool Is(HttpRequestMessage request) => KindOf(request) == GrpcKind.Native;

    /// <summary>Whether an answer is gRPC's.</summary>
    public static bool IsAnswer(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var type) && IsMediaType(type.ToString());

    /// <summary>The time that the call's own deadline leaves; null = it has none.</summary>
    public static TimeSpan? Timeout(HttpRequestMessage request) =>
        request.Headers.NonValidated.TryGetValues(TimeoutHeader, out var values) && GrpcTimeout.TryParse(values.ToString(), out var time) ? time : null;

    /// <summary>Tells the server how often the call was sent before; nothing where it was not.</summary>
    public static void SetPreviousAttempts(HttpRequestMessage request, int attempts)
    {
        request.Headers.Remove(PreviousAttempts);
        if (attempts > 0)
            request.Headers.TryAddWithoutValidation(PreviousAttempts, attempts.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a content type, with or without parameters, is gRPC's.</summary>
    public static bool IsMediaType(string? type) =>
        type is not null && type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) && (type.Length == MediaType.Length || type[MediaType.Length] is '+' or ';' or ' ');
}
