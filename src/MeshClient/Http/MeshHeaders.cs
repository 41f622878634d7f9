namespace MeshClient.Http;

/// <summary>The headers by which the services of a mesh speak with each other about a call.</summary>
public static class MeshHeaders
{
    /// <summary>On a request: the time its caller still waits for the answer, in gRPC's timeout format (<c>1500m</c> = 1.5 s).</summary>
    public const string Timeout = "mesh-timeout";

    /// <summary>On an answer, with any value: a tier below has retried already and given up; no tier above may retry. gRPC's own servers and clients are told so by a negative <c>grpc-retry-pushback-ms</c>.</summary>
    public const string DoNotRetry = "mesh-do-not-retry";

    /// <summary>
    /// On an answer of 429 or RESOURCE_EXHAUSTED, with any value: this instance has no room and has not begun with the request, so another may be asked, whatever
    /// the method.
    /// </summary>
    public const string Refused = "mesh-refused";
}
