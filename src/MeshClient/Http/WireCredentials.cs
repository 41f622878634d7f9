using MeshClient.Clusters;
using MeshClient.Endpoints;

namespace MeshClient.Http;

/// <summary>
/// The credentials of gRPC calls, by gRPC-Web too. The mesh has the channel send them although its address is <c>http</c>, and sees to it that they do not go by plain text.
/// </summary>
internal static class WireCredentials
{
    /// <summary>The header of a request that must not go by plain text; null = it has none, or it is allowed.</summary>
    public static string? In(HttpRequestMessage request, Cluster cluster)
    {
        var options = cluster.Options.Grpc;
        return options.AllowPlainTextCredentials || request.RequestUri!.Scheme == Uri.UriSchemeHttps ? null : options.CredentialsIn(request);
    }

    /// <summary>Takes from a request what proves its caller to a service and is no other's business. What <c>authorization</c> holds goes with every redirect.</summary>
    public static void Remove(HttpRequestMessage request, Cluster cluster)
    {
        foreach (var name in cluster.Options.Grpc.CredentialHeaders)
            request.Headers.Remove(name);
    }

    /// <summary>Refuses a request with credentials to an endpoint that is called in plain text.</summary>
    public static void Guard(HttpRequestMessage request, Cluster cluster, EndpointState endpoint)
    {
        if (!cluster.IsSecure(endpoint) && In(request, cluster) is { } header)
            throw GrpcErrors.PlainTextCredentials(cluster.Name, endpoint.Endpoint, header);
    }
}
