using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>How a gRPC call ended, as its signals tell it.</summary>
/// <param name="Status">The number of its status.</param>
/// <param name="Error">Why there was none from the server; null = the server gave it.</param>
internal readonly record struct RpcVerdict(int Status, Exception? Error)
{
    /// <summary>The name of the status.</summary>
    public string StatusName => RpcConventions.NameOf(Status);

    /// <summary>OpenTelemetry's <c>error.type</c>; null = it went well.</summary>
    public string? ErrorType => Error is not null ? HttpConventions.ErrorTypeOf(Error) : Status == 0 ? null : StatusName;
}

/// <summary>What the mesh did for a gRPC call, and what went over its streams.</summary>
/// <param name="Attempts">How many attempts it made.</param>
/// <param name="End">Why no other followed.</param>
/// <param name="Sent">The messages sent.</param>
/// <param name="Received">The messages received.</param>
internal readonly record struct RpcCourse(int Attempts, string End, int Sent, int Received);

/// <summary>The span and the duration of gRPC calls, by OpenTelemetry's conventions for RPC: both end when the status is known, with the stream.</summary>
internal sealed class RpcTelemetry(Meter meter)
{
    private static readonly TagDefinition s_sent = new("mesh.rpc.messages.sent", "The messages that the call sent, each counted once however often it was sent.");
    private static readonly TagDefinition s_received = new("mesh.rpc.messages.received", "The messages that the call received.");

    private static readonly HistogramDefinition s_durations = new(
        "rpc.client.call.duration", "s", "gRPC calls, from their start until their status is known, which is the end of the stream; retries and waits included.",
        HistogramDefinition.Durations,
        RpcConventions.System, RpcConventions.Method, RpcConventions.Status, MeshTags.ErrorType, CallTelemetry.Server, CallTelemetry.ServerPort);

    private static readonly SpanDefinition s_call = new(
        "{rpc.method}", ActivityKind.Client, "One gRPC call, from its start until its status is known, which is the end of the stream. It stands in place of `{method} {service}`.",
        RpcConventions.System, RpcConventions.Method, RpcConventions.Status, MeshTags.ErrorType, CallTelemetry.Server, CallTelemetry.ServerPort, MeshTags.Service,
        CallTelemetry.Attempts, CallTelemetry.CallEnd, s_sent, s_received);

    private readonly Histogram<double> _durations = s_durations.Create(meter);

    /// <summary>Whether anybody listens to what this measures.</summary>
    public bool IsListenedTo => CallTelemetry.Source.HasListeners() || _durations.Enabled;

    /// <summary>Begins the span of a call.</summary>
    public static Activity? Start(in CalledTarget target)
    {
        if (!CallTelemetry.Source.HasListeners())
            return null;
        var method = RpcConventions.MethodOf(target.Uri);
        return CallTelemetry.Source.StartActivity(method, s_call.Kind, default(ActivityContext),
        [
            RpcConventions.System.Of(RpcConventions.Grpc), RpcConventions.Method.Of(method), CallTelemetry.Server.Of(target.Uri.Host),
            CallTelemetry.ServerPort.Of(BoxedNumbers.Of(target.Uri.Port)), MeshTags.Service.Of(target.Service),
        ]);
    }

    /// <summary>Ends a call.</summary>
    public void End(Activity? span, in CalledTarget target, in RpcVerdict verdict, in RpcCourse course, TimeSpan elapsed)
    {
        if (span is not null)
            End(span, verdict, course);
        if (!_durations.Enabled)
            return;
        var tags = new TagList
        {
            RpcConventions.System.Of(RpcConventions.Grpc), RpcConventions.Method.Of(RpcConventions.MethodOf(target.Uri)), RpcConventions.Status.Of(verdict.StatusName),
            CallTelemetry.Server.Of(target.Uri.Host), CallTelemetry.ServerPort.Of(BoxedNumbers.Of(target.Uri.Port)),
        };
        if (verdict.ErrorType is { } error)
            tags.Add(MeshTags.ErrorType.Of(error));
        _durations.Record(elapsed.TotalSeconds, tags);
    }

    private static void End(Activity span, in RpcVerdict verdict, in RpcCourse course)
    {
        if (span.IsAllDataRequested)
        {
            span.SetTag(RpcConventions.Status.Name, verdict.StatusName)
                .SetTag(CallTelemetry.Attempts.Name, BoxedNumbers.Of(course.Attempts)).SetTag(CallTelemetry.CallEnd.Name, course.End)
                .SetTag(s_sent.Name, BoxedNumbers.Of(course.Sent)).SetTag(s_received.Name, BoxedNumbers.Of(course.Received));
            if (verdict.ErrorType is { } error)
                span.SetTag(MeshTags.ErrorType.Name, error).SetStatus(ActivityStatusCode.Error, verdict.Error?.Message);
        }
        // The end of a stream comes in its reader's context, and the reader's own activity must stay.
        var current = Activity.Current;
        span.Dispose();
        if (current != span)
            Activity.Current = current;
    }
}
