using Grpc.Core;
using MeshClient.Clusters;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;
using Strategies = Polly.ResiliencePipeline<System.Net.Http.HttpResponseMessage>;

namespace MeshClient.Http;

/// <summary>A call within the strategies of the application (AddResilience): each of their tries is a whole call.</summary>
internal sealed class StrategyCall(MeshHandler handler, Cluster cluster, HttpRequestMessage request, bool isAsync)
{
    private readonly OriginalRequest _original = OriginalRequest.Of(request, cluster);

    // What a gRPC client asks for is the time of all tries, and each writes what is left over it.
    private readonly Deadline _deadline = GrpcRequest.Is(request) && GrpcRequest.Timeout(request) is { } time ? Deadline.After(cluster.Time.Now(), time) : Deadline.Never;

    // How the latest try ended.
    private StatusCode? _status;
    private Exception? _error;

    /// <summary>Runs the call.</summary>
    public async Task<HttpResponseMessage> RunAsync(Strategies strategies, CancellationToken cancellationToken)
    {
        try
        {
            return await strategies.ExecuteAsync(static (call, token) => call.TryAsync(token), this, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Until now they might have sent it once more.
            (request.Content as ReplayContent)?.Commit();
        }
    }

    private async ValueTask<HttpResponseMessage> TryAsync(CancellationToken cancellationToken)
    {
        // What a redirect of the try before made of the request goes.
        _original.Restore(request);
        if (request.Content is ReplayContent { CanSend: false })
            throw GrpcErrors.StreamIsSpent(cluster.Name, _status, _error);
        try
        {
            var response = await CallPipeline.SendAsync(cluster, request, isAsync, _deadline, handler, cancellationToken).ConfigureAwait(false);
            (_status, _error) = (GrpcRequest.Is(request) ? GrpcAnswer.StatusInHeaders(response) : null, null);
            return response;
        }
        catch (Exception error)
        {
            (_status, _error) = (null, error);
            throw;
        }
    }
}
