using Grpc.Net.ClientFactory;
using MeshClient.Clusters;
using MeshClient.Http;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Leads the channels of the factory's gRPC clients into the mesh, where their address is the name of a service of the mesh.</summary>
internal sealed class GrpcClientSetup(ClusterTable clusters, IOptionsMonitor<MeshClientSelection> selection) : IPostConfigureOptions<GrpcClientFactoryOptions>
{
    public void PostConfigure(string? name, GrpcClientFactoryOptions options)
    {
        if (!selection.Get(name ?? Options.Options.DefaultName).Applies)
            return;
        // Last, so that what the application's own actions ask for is seen.
        options.ChannelOptionsActions.Add(channel =>
        {
            if (clusters.Find(options.Address) is { } cluster)
                GrpcChannels.Apply(channel, cluster);
        });
    }
}
