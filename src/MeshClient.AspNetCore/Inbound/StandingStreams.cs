using MeshClient.Grpc;
using MeshClient.LoadReports;
using Microsoft.AspNetCore.Http;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>
/// Streams by which clients watch a server: they last as long as the client and ask for no work. Counted as requests in flight they would look like load and hold up the
/// drain.
/// </summary>
internal static class StandingStreams
{
    /// <summary>Whether a gRPC call of this method is such a stream.</summary>
    public static bool Contains(PathString path) => path == GrpcHealth.Path || path == LoadReportRequest.Path;
}
