using Grpc.Net.Client;
using MeshClient.Http;

namespace MeshClient;

/// <summary>gRPC channels that no factory makes.</summary>
public static class MeshGrpcExtensions
{
    /// <summary>
    /// Options for <c>GrpcChannel.ForAddress("http://pricing", mesh.GrpcOptions())</c>: every call of the channel is balanced, retried and secured by the mesh.
    /// Retries by the channel's own service config are to be left off, for they would multiply with the mesh's.
    /// </summary>
    /// <param name="mesh">The mesh, from the application's services or <c>Mesh.CreateBuilder()</c>.</param>
    /// <returns>Options to adjust further, such as by message sizes.</returns>
    public static GrpcChannelOptions GrpcOptions(this IMesh mesh)
    {
        ArgumentNullException.ThrowIfNull(mesh);
        // As a channel's own.
        var primary = new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
        var options = new GrpcChannelOptions { HttpHandler = mesh.CreateHandler(primary), DisposeHttpClient = true };
        GrpcChannels.Apply(options, cluster: null);
        return options;
    }
}
