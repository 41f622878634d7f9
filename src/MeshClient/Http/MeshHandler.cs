using MeshClient.Clusters;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>
/// The innermost handler of a client: sends what is the mesh's into the mesh, and hands everything else, untouched, to the primary handler
/// under it. It holds no state of calls, so that a factory may make and drop as many as it likes.
/// </summary>
internal sealed class MeshHandler(ClusterTable clusters) : DelegatingHandler
{
    /// <summary>Whether it stands under a gRPC channel that sends credentials to <c>http</c> addresses too: those that are none of the mesh's are to get none.</summary>
    public bool GuardsCredentials { get; set; }

    /// <summary>Follows the redirects of an answer, by the time limit of the service the caller asked for.</summary>
    public async Task<HttpResponseMessage> FollowAsync(Call call, HttpResponseMessage response)
    {
        var request = call.Request;
        // A gRPC client takes any status but 200 for what it is: not its server.
        if (call.IsGrpc || !FollowsRedirects())
            return response;
        var isSecure = false;
        for (var redirects = 0; Redirects.IsRedirect(response.StatusCode) && redirects < Redirects.Limit; redirects++)
        {
            if (Redirects.Target(request, response) is not { } target
                || (Redirects.KeepsBody(request, response.StatusCode) && !RequestBody.IsRepeatable(request.Content)))
                break;
            isSecure |= response.Content is Attempt attempt && call.Cluster.IsSecure(attempt.Endpoint);
            var next = Find(target, response);
            // The URL said http and the wire was mutual TLS: as with https, what was asked under that protection does not leave it.
            if (next is null && isSecure && target.Scheme == Uri.UriSchemeHttp)
                break;
            if (next != call.Cluster && call.Grpc == GrpcKind.Web)
                WireCredentials.Remove(request, call.Cluster);
            var status = response.StatusCode;
            response.Dispose();
            Redirects.Apply(request, status, target);
            if (next is null)
                return await LeaveAsync(call).ConfigureAwait(false);
            response = await CallPipeline.SendAsync(next, request, call.IsAsync, call.Deadline, redirects: null, call.Caller).ConfigureAwait(false);
        }
        return response;
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        clusters.Find(request.RequestUri) is { } cluster
            ? Told(cluster, CallAsync(cluster, request, isAsync: true, cancellationToken), request)
            : base.SendAsync(Guarded(request), cancellationToken);

    // The one place where the library blocks: the caller asked for it. All waits below are made synchronously or waited for here.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        clusters.Find(request.RequestUri) is { } cluster
            ? CallAsync(cluster, request, isAsync: false, cancellationToken).GetAwaiter().GetResult()
            : base.Send(Guarded(request), cancellationToken);

    // A channel whose address was the mesh's when it was made keeps its ways when a reload takes the name out of the mesh.
    private HttpRequestMessage Guarded(HttpRequestMessage request) =>
        GuardsCredentials && request.RequestUri!.Scheme != Uri.UriSchemeHttps && GrpcRequest.KindOf(request) != GrpcKind.None
            && request.Headers.NonValidated.Contains(GrpcRequest.Authorization)
            ? throw GrpcErrors.PlainTextCredentials(request.RequestUri)
            : request;

    // Strategies of the application judge errors as they are; without them the pipeline has given them gRPC's form.
    private static Task<HttpResponseMessage> Told(Cluster cluster, Task<HttpResponseMessage> call, HttpRequestMessage request) =>
        cluster.Strategies is null || call.IsCompletedSuccessfully || !GrpcRequest.Is(request) ? call : GrpcErrors.TranslateAsync(call);

    private Task<HttpResponseMessage> CallAsync(Cluster cluster, HttpRequestMessage request, bool isAsync, CancellationToken cancellationToken) =>
        cluster.Strategies is { } strategies
            ? new StrategyCall(this, cluster, request, isAsync).RunAsync(strategies, cancellationToken)
            : CallPipeline.SendAsync(cluster, request, isAsync, Deadline.Never, this, cancellationToken);

    private Cluster? Find(Uri target, HttpResponseMessage answer)
    {
        try
        {
            return clusters.Find(target);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    // Where a redirect leads out of the mesh, the time of the call goes on.
    private async Task<HttpResponseMessage> LeaveAsync(Call call)
    {
        call.Request.Headers.Remove(MeshHeaders.Timeout);
        var time = call.Cluster.Time;
        var left = call.Deadline.Left(time.Now());
        using var limit = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Caller, limit.Token);
        try
        {
            return call.IsAsync ? await base.SendAsync(call.Request, either.Token).ConfigureAwait(false) : base.Send(call.Request, either.Token);
        }
        catch (OperationCanceledException error) when (limit.IsCancellationRequested && !call.Caller.IsCancellationRequested)
        {
            throw new MeshTimeoutException(call.Cluster.Name, call.Timeout,
                $"{call.Cluster.Name}: its redirect to {call.Request.RequestUri} was not answered in the time of the call ({call.Timeout.TotalSeconds:0.###} s).", error);
        }
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
