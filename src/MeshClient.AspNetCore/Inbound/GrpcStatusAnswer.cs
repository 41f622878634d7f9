using MeshClient.Grpc;
using Microsoft.AspNetCore.Http;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>The answer of gRPC that is a status and nothing else (trailers-only).</summary>
internal static class GrpcStatusAnswer
{
    public const int DeadlineExceeded = 4, PermissionDenied = 7, ResourceExhausted = 8;

    /// <summary>Sets it; it is sent when the request's pipeline ends.</summary>
    /// <param name="response">The response, which has not started.</param>
    /// <param name="status">The status.</param>
    /// <param name="message">What the caller is told, in ASCII without <c>%</c>, which gRPC escapes by; null = nothing.</param>
    public static void Set(HttpResponse response, int status, string? message)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers[GrpcAnswer.StatusHeader] = StatusText(status);
        if (message is not null)
            response.Headers["grpc-message"] = message;
    }

    private static string StatusText(int status) => status switch
    {
        DeadlineExceeded => "4",
        PermissionDenied => "7",
        _ => "8",
    };
}
