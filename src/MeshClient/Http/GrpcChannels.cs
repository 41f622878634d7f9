using Grpc.Net.Client;
using MeshClient.Clusters;

namespace MeshClient.Http;

/// <summary>What a gRPC channel must be told so that the mesh carries its calls.</summary>
internal static class GrpcChannels
{
    /// <summary>Puts a channel's handler under the mesh's rules.</summary>
    /// <param name="channel">The channel's options; their handler leads into the mesh.</param>
    /// <param name="cluster">The service it calls; null = not known yet.</param>
    /// <exception cref="InvalidOperationException">The channel would retry what the mesh retries already, or its handler does not lead into the mesh.</exception>
    public static void Apply(GrpcChannelOptions channel, Cluster? cluster)
    {
        if (cluster is { Options.Retry.MaxAttempts: > 1 } && ChannelRetries.In(channel.ServiceConfig))
        {
            throw new InvalidOperationException(
                $"{cluster.Name}: the service config of the gRPC channel asks for retries or hedges, and the mesh makes them too, so that a call could be sent "
                + $"{cluster.Options.Retry.MaxAttempts} times as often as meant. Take the RetryPolicy and HedgingPolicy out of the channel, or set "
                + $"Mesh:Upstreams:{cluster.Name}:Retry:MaxAttempts to 1.");
        }
        if (MeshUnder(channel.HttpHandler) is { } mesh)
        {
            // The channel's address is http whatever the wire is, and a channel drops credentials there without a word. The mesh refuses them where the wire is plain.
            mesh.GuardsCredentials = true;
            channel.UnsafeUseInsecureChannelCallCredentials = true;
        }
        else if (cluster is not null)
        {
            throw new InvalidOperationException(
                $"{cluster.Name}: the handler of the gRPC channel was replaced (ConfigureChannel, HttpHandler), and the mesh is not found beneath the new one, so that it would carry "
                + "none of the calls. Put your own handlers in the chain by AddHttpMessageHandler or ConfigurePrimaryHttpMessageHandler, or take the client out of the mesh by RemoveMesh().");
        }
        channel.HttpHandler = new ChannelHandler(channel.HttpHandler!, channel);
    }

    private static MeshHandler? MeshUnder(HttpMessageHandler? handler)
    {
        while (handler is DelegatingHandler delegating and not MeshHandler)
            handler = delegating.InnerHandler;
        return handler as MeshHandler;
    }
}
