namespace MeshClient;

/// <summary>
/// The mesh of this process, for clients that no factory makes. It comes from the services of an application that has called <c>AddMesh()</c>, or, where
/// there is no such application, from <c>Mesh.CreateBuilder()</c>.
/// </summary>
public interface IMesh
{
    /// <summary>A handler that sends what is the mesh's into the mesh and everything else to <paramref name="primary"/>.</summary>
    /// <param name="primary">What is under the mesh; null = a new <see cref="SocketsHttpHandler"/>. Disposed with the handler.</param>
    /// <returns>The handler, for <c>new HttpClient(handler)</c>. It holds no connection into the mesh: those live as long as the mesh.</returns>
    HttpMessageHandler CreateHandler(HttpMessageHandler? primary = null);
}
