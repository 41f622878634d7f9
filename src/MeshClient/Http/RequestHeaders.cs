using System.Diagnostics;

namespace MeshClient.Http;

/// <summary>The headers that the mesh adds to an attempt: the time that is left, and the trace it belongs to.</summary>
internal static class RequestHeaders
{
    /// <summary>The header that tells a trace whose caller has set its own.</summary>
    private const string TraceParent = "traceparent";

    /// <summary>Sets the headers of one attempt in place of those of the attempt before.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The request of the attempt: the call's own, or a hedge's copy.</param>
    /// <param name="now">The time.</param>
    /// <param name="isFirst">Whether the call has sent nothing yet.</param>
    public static void Prepare(in Call call, HttpRequestMessage request, TimeSpan now, bool isFirst)
    {
        var headers = request.Headers;
        // A request that is sent a second time may bring an old one along.
        headers.Remove(MeshHeaders.Timeout);
        headers.TryAddWithoutValidation(MeshHeaders.Timeout, call.Cluster.TimeoutText.Of(call.Deadline.Left(now)));
        // Kept by each attempt where the application traces by itself.
        if (Activity.Current is { } activity && (!isFirst || !headers.NonValidated.Contains(TraceParent)))
            Inject(activity, request);
    }

    // What .NET's own client would do; switched off in the mesh's transports, for their span would stand below the attempt's.
    private static void Inject(Activity activity, HttpRequestMessage request) =>
        DistributedContextPropagator.Current.Inject(activity, request, static (carrier, name, value) =>
        {
            var headers = ((HttpRequestMessage)carrier!).Headers;
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        });
}
