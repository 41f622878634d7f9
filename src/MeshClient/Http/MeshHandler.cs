using MeshClient.Clusters;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// The innermost handler of a client: sends what is the mesh's into the mesh, and hands everything else, untouched, to the primary handler
/// under it. It holds no state of its own, so that a factory may make and drop as many as it likes.
/// </summary>
internal sealed class MeshHandler(ClusterTable clusters) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        clusters.Find(request.RequestUri) is { } cluster
            ? FollowAsync(cluster, request, isAsync: true, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    // The one place where the library blocks: the caller asked for it. All waits below are made synchronously or waited for here.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        clusters.Find(request.RequestUri) is { } cluster
            ? FollowAsync(cluster, request, isAsync: false, cancellationToken).GetAwaiter().GetResult()
            : base.Send(request, cancellationToken);

    private async Task<HttpResponseMessage> FollowAsync(Cluster cluster, HttpRequestMessage request, bool isAsync, CancellationToken cancellationToken)
    {
        // One time limit for the whole chain of redirects, that of the service the caller asked for.
        var deadline = new Deadline(cluster.Time.Now() + cluster.Options.Timeout);
        var response = await CallPipeline.SendAsync(cluster, request, isAsync, deadline, cancellationToken).ConfigureAwait(false);
        for (var redirects = 0; (int)response.StatusCode is >= 300 and < 400 && redirects < Redirects.Limit && FollowsRedirects(); redirects++)
        {
            if (Redirects.Target(request, response) is not { } target
                || (Redirects.KeepsBody(request, response.StatusCode) && !RequestBody.IsRepeatable(request.Content)))
                break;
            var status = response.StatusCode;
            response.Dispose();
            Redirects.Apply(request, status, target);
            if (clusters.Find(target) is not { } next)
            {
                request.Headers.Remove(MeshHeaders.Timeout);
                return isAsync ? await base.SendAsync(request, cancellationToken).ConfigureAwait(false) : base.Send(request, cancellationToken);
            }
            response = await CallPipeline.SendAsync(next, request, isAsync, deadline, cancellationToken).ConfigureAwait(false);
        }
        response.RequestMessage = request;
        return response;
    }

    // The client's own primary handler says whether its owner wants redirects followed.
    private bool FollowsRedirects()
    {
        var handler = InnerHandler;
        while (handler is DelegatingHandler { InnerHandler: { } next })
            handler = next;
        return handler switch
        {
            SocketsHttpHandler sockets => sockets.AllowAutoRedirect,
            HttpClientHandler client => client.AllowAutoRedirect,
            _ => true,
        };
    }
}
