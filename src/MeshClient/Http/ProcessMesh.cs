using MeshClient.Clusters;

namespace MeshClient.Http;

internal sealed class ProcessMesh(ClusterTable clusters) : IMesh
{
    public HttpMessageHandler CreateHandler(HttpMessageHandler? primary = null) =>
        new MeshHandler(clusters) { InnerHandler = primary ?? new SocketsHttpHandler() };
}
