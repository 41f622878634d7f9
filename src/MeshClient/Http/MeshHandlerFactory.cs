using MeshClient.Clusters;

namespace MeshClient.Http;

/// <summary>Makes handlers for clients that no factory makes.</summary>
public interface IMeshHandlerFactory
{
    /// <summary>A handler that sends what is the mesh's into the mesh and everything else to <paramref name="primary"/>.</summary>
    /// <param name="primary">What is under the mesh; null = a new <see cref="SocketsHttpHandler"/>. Disposed with the handler.</param>
    /// <returns>The handler, for <c>new HttpClient(handler)</c>. It holds no connection into the mesh: those live as long as the application.</returns>
    HttpMessageHandler CreateHandler(HttpMessageHandler? primary = null);
}

internal sealed class MeshHandlerFactory(ClusterTable clusters) : IMeshHandlerFactory
{
    public HttpMessageHandler CreateHandler(HttpMessageHandler? primary = null) =>
        new MeshHandler(clusters) { InnerHandler = primary ?? new SocketsHttpHandler() };
}
