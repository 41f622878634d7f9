using MeshClient.Endpoints;

namespace MeshClient.Http;

/// <summary>An attempt of a gRPC-Web call: as any other, but for its credentials.</summary>
internal sealed class GrpcWebAttempt(in Call call, EndpointState endpoint, bool isLimited, TimeSpan now) : Attempt(call.Cluster, endpoint, isLimited, now)
{
    private protected override void Allow(HttpRequestMessage request) => WireCredentials.Guard(request, _cluster, Endpoint);
}
