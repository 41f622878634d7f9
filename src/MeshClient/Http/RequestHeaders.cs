using System.Diagnostics;
using MeshClient.Grpc;
using MeshClient.Transport.Security;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;

namespace MeshClient.Http;

/// <summary>The headers that the mesh adds to an attempt: the time that is left, and the trace it belongs to.</summary>
internal static class RequestHeaders
{
    /// <summary>The header that tells a trace whose caller has set its own.</summary>
    private const string TraceParent = "traceparent";

    // Names that were ever added; an attempt remembers a bit for each that it added.
    private static string[] s_names = [TraceParent, "tracestate", "baggage"];

    [ThreadStatic]
    private static uint t_added;

    private static readonly Action<HttpRequestMessage, string, string> s_add = Add;

    /// <summary>Sets the headers of one attempt.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The request of the attempt: the call's own, or a hedge's copy.</param>
    /// <param name="now">The time.</param>
    /// <returns>What <see cref="Restore"/> takes back.</returns>
    public static uint Prepare(in Call call, HttpRequestMessage request, TimeSpan now)
    {
        var headers = request.Headers;
        var timeout = call.IsGrpc ? GrpcRequest.TimeoutHeader : MeshHeaders.Timeout;
        // A request that is sent a second time may bring an old one along.
        headers.Remove(timeout);
        var deadline = call.ToldDeadline;
        if (!deadline.IsNever)
            headers.TryAddWithoutValidation(timeout, call.Cluster.TimeoutText.Of(deadline.Left(now)));
        // Kept by each attempt where the application traces by itself.
        return Activity.Current is { } activity && !headers.NonValidated.Contains(TraceParent) ? Inject(activity, request) : 0;
    }

    /// <summary>
    /// Takes the trace of an attempt that has ended from the request, and the URL that it went by. Whatever sends it next, be it a retry, a redirect or a handler
    /// above the mesh, then finds what the caller had set and nothing else.
    /// </summary>
    public static void Restore(HttpRequestMessage request, uint added)
    {
        SecureUrl.Restore(request);
        var names = Volatile.Read(ref s_names);
        for (var i = 0; added != 0; i++, added >>= 1)
        {
            if ((added & 1) != 0)
                request.Headers.Remove(names[i]);
        }
    }

    // What .NET's own client and OpenTelemetry's instrumentation of it would do; switched off in the mesh's transports, for their span would stand below the attempt's.
    private static uint Inject(Activity activity, HttpRequestMessage request)
    {
        t_added = 0;
        // The SDK's, if the application has one: it knows OpenTelemetry's baggage and further formats.
        Propagators.DefaultTextMapPropagator.Inject(new PropagationContext(activity.Context, Baggage.Current), request, s_add);
        DistributedContextPropagator.Current.Inject(activity, request, static (carrier, name, value) => Add((HttpRequestMessage)carrier!, name, value));
        return t_added;
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (!request.Headers.NonValidated.Contains(name) && request.Headers.TryAddWithoutValidation(name, value))
            t_added |= BitOf(name);
    }

    private static uint BitOf(string name)
    {
        while (true)
        {
            var names = Volatile.Read(ref s_names);
            var index = Array.IndexOf(names, name);
            if (index >= 0)
                return 1u << index;
            if (names.Length == 32)
                return 0;
            Interlocked.CompareExchange(ref s_names, [.. names, name], names);
        }
    }
}
