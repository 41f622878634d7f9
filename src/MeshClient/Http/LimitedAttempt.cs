using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>Begins attempts under the limits of a service.</summary>
internal static class LimitedAttempt
{
    /// <summary>Waits for a place and claims an endpoint with room.</summary>
    /// <param name="call">The call.</param>
    /// <param name="limiter">The places.</param>
    /// <param name="tried">The endpoints tried before.</param>
    /// <param name="mayWait">False for hedges: one that waits would only lengthen the queue it is meant to shorten.</param>
    /// <exception cref="MeshUnavailableException">There is no endpoint, or too many wait already.</exception>
    /// <exception cref="MeshTimeoutException">The call's time ran out in the queue.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async ValueTask<Attempt> BeginAsync(Call call, CallLimiter limiter, TriedEndpoints tried, bool mayWait)
    {
        var cluster = call.Cluster;
        Attempt? attempt = null;
        var left = call.Deadline.Left(cluster.Time.Now());
        var admission = await limiter.EnterAsync(TryBegin, call.RequiresEndpoint || call.NeedsSecureWire, left, cluster.Time, call.Caller, mayWait).ConfigureAwait(false);
        return admission switch
        {
            Admission.Admitted => attempt!,
            Admission.Refused when !mayWait => throw CallErrors.NoRoom(call),
            Admission.Refused => throw CallErrors.Refused(call),
            _ => throw CallErrors.TimedOutInQueue(call),
        };

        bool TryBegin()
        {
            if (EndpointChoice.Of(call, tried.Span, limiter.MaxPerEndpoint) is { } endpoint)
                attempt = Attempt.Begin(call, endpoint, isLimited: true, cluster.Time.Now());
            else if (EndpointChoice.Of(call, tried.Span) is null)
                throw CallErrors.Unavailable(call);
            return attempt is not null;
        }
    }
}
