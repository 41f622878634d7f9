using MeshClient.Primitives;
using MeshClient.Resilience;

namespace MeshClient.Http;

/// <summary>Begins attempts under the limits of a service.</summary>
internal static class LimitedAttempt
{
    /// <summary>Waits for a place and claims an endpoint with room.</summary>
    /// <exception cref="MeshUnavailableException">There is no endpoint, or too many wait already.</exception>
    /// <exception cref="MeshTimeoutException">The call's time ran out in the queue.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public static async ValueTask<Attempt> BeginAsync(Call call, CallLimiter limiter, TriedEndpoints tried)
    {
        var cluster = call.Cluster;
        Attempt? attempt = null;
        var left = call.Deadline.Left(cluster.Time.Now());
        var isChoosy = call.Settings?.Wish is { IsRequired: true };
        var admission = await limiter.EnterAsync(TryBegin, isChoosy, left, cluster.Time, call.Caller).ConfigureAwait(false);
        return admission switch
        {
            Admission.Admitted => attempt!,
            Admission.Refused => throw CallErrors.Refused(call),
            _ => throw CallErrors.TimedOutInQueue(call),
        };

        bool TryBegin()
        {
            if (EndpointChoice.Of(call, tried.Span, limiter.MaxPerEndpoint) is { } endpoint)
                attempt = Attempt.Begin(cluster, endpoint, isLimited: true, cluster.Time.Now());
            else if (EndpointChoice.Of(call, tried.Span) is null)
                throw CallErrors.Unavailable(call);
            return attempt is not null;
        }
    }
}
