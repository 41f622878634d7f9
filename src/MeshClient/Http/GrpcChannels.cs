using Grpc.Net.Client;
using MeshClient.Clusters;

namespace MeshClient.Http;

/// <summary>What a gRPC channel must be told so that the mesh carries its calls.</summary>
internal static class GrpcChannels
{
    /// <summary>Puts a channel's handler under the mesh's rules.</summary>
    /// <param name="channel">The channel's options; their handler leads into the mesh.</param>
    /// <param name="cluster">The service it calls; null = not known yet.</param>
    /// <exception cref="InvalidOperationException">The channel would retry what the mesh retries already.</exception>
    public static void Apply(GrpcChannelOptions channel, Cluster? cluster)
    {
        if (cluster is { Options.Retry.MaxAttempts: > 1 } && ChannelRetries.In(channel.ServiceConfig))
        {
            throw new InvalidOperationException(
                $"{cluster.Name}: the service config of the gRPC channel asks for retries or hedges, and the mesh makes them too, so that a call could be sent "
                + $"{cluster.Options.Retry.MaxAttempts} times as often as meant. Take the RetryPolicy and HedgingPolicy out of the channel, or set "
                + $"Mesh:Upstreams:{cluster.Name}:Retry:MaxAttempts to 1.");
        }
        channel.HttpHandler = new ChannelHandler(channel.HttpHandler!, channel);
        // The channel's address is http whatever the wire is, and a channel drops credentials there without a word. The mesh refuses them where the wire is plain.
        channel.UnsafeUseInsecureChannelCallCredentials = true;
    }
}
