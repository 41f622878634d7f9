using MeshClient.Grpc;

namespace MeshClient.Http;

/// <summary>What a failed answer says of making the call again.</summary>
/// <param name="IsForbidden">Whether it must not be made again.</param>
/// <param name="LeastWait">How long to wait at least; null = it does not say.</param>
/// <param name="Wait">How long to wait, neither more nor less (gRPC A6); null = it does not say.</param>
internal readonly record struct RetryAdvice(bool IsForbidden, TimeSpan? LeastWait, TimeSpan? Wait)
{
    /// <summary>Reads the headers of an answer.</summary>
    public static RetryAdvice Of(in Call call, HttpResponseMessage response)
    {
        TimeSpan? pushback = null;
        var forbids = response.Headers.NonValidated.Contains(MeshHeaders.DoNotRetry)
            || call.IsGrpc && GrpcAnswer.TryGetPushback(response, out pushback) && pushback is null;
        return new(forbids, RetryAfter.Of(response, call.Cluster.Time.GetUtcNow()), pushback);
    }

    /// <summary>The wait to make where the client itself would wait so long.</summary>
    public TimeSpan Over(TimeSpan own) => Wait ?? (LeastWait > own ? LeastWait.Value : own);
}
