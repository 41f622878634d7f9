using Grpc.Net.Client.Configuration;

namespace MeshClient.Http;

/// <summary>The retries and hedges that a gRPC channel makes by its own service config.</summary>
internal static class ChannelRetries
{
    /// <summary>Whether there are any.</summary>
    public static bool In(ServiceConfig? config) => config?.MethodConfigs.Any(Makes) == true;

    /// <summary>Whether there are any for a method.</summary>
    /// <param name="config">The channel's service config.</param>
    /// <param name="path">The method, as <c>/package.Service/Method</c>.</param>
    public static bool In(ServiceConfig config, string path)
    {
        var slash = path.LastIndexOf('/');
        if (slash < 1)
            return false;
        var (service, method) = (path[1..slash], path[(slash + 1)..]);
        MethodConfig? found = null;
        var best = -1;
        foreach (var candidate in config.MethodConfigs)
        {
            foreach (var name in candidate.Names)
            {
                var rank = Rank(name, service, method);
                if (rank > best)
                    (found, best) = (candidate, rank);
            }
        }
        return found is not null && Makes(found);
    }

    // The name that tells most of a method counts (gRPC, "Service Config"); less than zero = it is another's.
    private static int Rank(MethodName name, string service, string method) =>
        string.IsNullOrEmpty(name.Service) ? 0
        : name.Service != service ? -1
        : string.IsNullOrEmpty(name.Method) ? 1
        : name.Method == method ? 2 : -1;

    private static bool Makes(MethodConfig config) => config.RetryPolicy is not null || config.HedgingPolicy is not null;
}
