using MeshClient.Clusters;
using MeshClient.Routing;

namespace MeshClient.Configuration;

/// <summary>Turns the options into what the cluster table goes by.</summary>
internal static class ClusterPlans
{
    public static ClusterPlan Of(MeshOptions options)
    {
        var upstreams = new Dictionary<string, UpstreamOptions>(options.Upstreams, StringComparer.OrdinalIgnoreCase);
        if (!upstreams.Remove(MeshOptions.Defaults, out var defaults))
            defaults = options.NewUpstream();
        var names = options.IsConfigured ? new MeshNames(upstreams.Keys.Concat(options.Services.Keys), options.BareNames) : MeshNames.None;
        return new ClusterPlan(names, upstreams, defaults, options.FirstSnapshotTimeout);
    }
}
