using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>What a call was made to, as its signals tell it.</summary>
/// <param name="Service">The mesh's name of the service.</param>
/// <param name="Method">The method of the request.</param>
/// <param name="Uri">Its logical URL.</param>
internal readonly record struct CalledTarget(string Service, HttpMethod Method, Uri Uri);

/// <summary>The instance that an attempt was made to, as its signals tell it.</summary>
/// <param name="Address">Its address, as the registry knows it.</param>
/// <param name="Port">Its port.</param>
/// <param name="IsHedge">Whether the attempt was sent beside one that had not been answered yet.</param>
internal readonly record struct CalledPeer(string Address, int Port, bool IsHedge);

/// <summary>How a call or an attempt ended, as its signals tell it.</summary>
/// <param name="Status">The status of the answer; null = there was none.</param>
/// <param name="Error">Why there was none.</param>
/// <param name="IsSuperseded">Whether the attempt was broken off because another was answered first, which is no failure.</param>
internal readonly record struct CallVerdict(int? Status, Exception? Error, bool IsSuperseded = false)
{
    /// <summary>OpenTelemetry's <c>error.type</c>; null = it went well.</summary>
    public string? ErrorType => Status is { } status ? (status >= 400 ? StatusTexts.Of(status) : null)
        : IsSuperseded ? null : HttpConventions.ErrorTypeOf(Error);
}

/// <summary>The spans of calls and attempts and the instruments beside them. A call that nobody listens to does not come here.</summary>
internal sealed class CallTelemetry
{
    /// <summary>The values of an enumeration that stands below this room; a test holds them to it.</summary>
    public static readonly TagDefinition CallEnd = new(
        "mesh.call.end", "Why the call ended: `CallEnd` says what each means.",
        "answered", "not_repeatable", "retries_off", "attempts_exhausted", "budget_exhausted", "deadline_too_near",
        "retry_forbidden", "no_endpoint", "limit_reached", "deadline_passed", "cancelled", "request_fault", "denied");

    /// <inheritdoc cref="CallEnd"/>
    public static readonly TagDefinition AttemptResult = new(
        "mesh.attempt.result", "What the attempt says of the instance.",
        "success", "client_error", "gateway_failure", "server_error", "connect_failure", "transport_failure", "timeout", "cancelled", "overloaded", "denied");

    /// <summary>How often a call was sent.</summary>
    public static readonly TagDefinition Attempts = new("mesh.call.attempts", "How many attempts the call made.");

    /// <summary>The logical name.</summary>
    public static readonly TagDefinition Server = new("server.address", "The logical name, as it stands in the URL.");

    /// <summary>Its port.</summary>
    public static readonly TagDefinition ServerPort = new("server.port", "The port of the logical URL.");

    /// <summary>What makes the spans.</summary>
    public static readonly ActivitySource Source = new(MeshTelemetry.Name, MeshTelemetry.Version);

    private static readonly TagDefinition s_method = new("http.request.method", "The method; `_OTHER` for one that no standard names.");
    private static readonly TagDefinition s_methodOriginal = new("http.request.method_original", "The method itself, where `http.request.method` is `_OTHER`.");
    private static readonly TagDefinition s_status = new("http.response.status_code", "The status of the answer; absent where there was none.");
    private static readonly TagDefinition s_hedge = new("mesh.attempt.hedge", "True where the attempt was sent beside one that had not been answered yet.");
    private static readonly TagDefinition s_resend = new("http.request.resend_count", "The number of the attempt after the first; absent on the first.");
    private static readonly TagDefinition s_url = new("url.full", "The logical URL, with `*` in place of its query.");
    private static readonly TagDefinition s_peer = new("network.peer.address", "The address of the instance, as the registry knows it.");
    private static readonly TagDefinition s_peerPort = new("network.peer.port", "The port of the instance.");
    private static readonly TagDefinition s_version = new("network.protocol.version", "The version of HTTP of the answer.");

    private static readonly HistogramDefinition s_durations = new(
        "mesh.client.call.duration", "s", "From the call to the headers of its answer or its failure, retries and waits included.", HistogramDefinition.Durations,
        MeshTags.Service, s_method, s_status, MeshTags.ErrorType, CallEnd);

    private static readonly CounterDefinition s_attemptCount = new(
        "mesh.client.attempts", "{attempt}", "Attempts, by the instance they went to. How long they took is in .NET's `http.client.request.duration`.",
        MeshTags.Service, s_peer, s_peerPort, s_status, MeshTags.ErrorType, AttemptResult, s_hedge);

    private static readonly SpanDefinition s_call = new(
        "{method} {service}", ActivityKind.Client, "One call, from its start to the headers of its answer or its failure. `{method}` is `HTTP` for one that no standard names.",
        s_method, s_methodOriginal, Server, ServerPort, s_url, s_status, MeshTags.ErrorType, MeshTags.Service, Attempts, CallEnd);

    private static readonly SpanDefinition s_attempt = new(
        "{method}", ActivityKind.Client, "One attempt of a call, to the headers of its answer or its failure. Its context is what the instance is sent.",
        s_method, s_methodOriginal, Server, ServerPort, s_url, s_status, MeshTags.ErrorType, s_peer, s_peerPort, s_version, s_resend, s_hedge, AttemptResult);

    private readonly Histogram<double> _calls;
    private readonly Counter<long> _attempts;

    public CallTelemetry(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        _calls = s_durations.Create(meter);
        _attempts = s_attemptCount.Create(meter);
        Rpc = new RpcTelemetry(meter);
    }

    /// <summary>The signals of gRPC calls, beside those of the HTTP that carries them.</summary>
    public RpcTelemetry Rpc { get; }

    /// <summary>Whether anybody listens to what this measures.</summary>
    public bool IsListenedTo => _calls.Enabled || _attempts.Enabled || Rpc.IsListenedTo;

    /// <summary>Begins the span of a call.</summary>
    public static Activity? StartCall(in CalledTarget target)
    {
        if (!Source.HasListeners())
            return null;
        var method = HttpConventions.MethodOf(target.Method);
        return Start(s_call, $"{SpanNameOf(method)} {target.Service}", target, method,
        [
            s_method.Of(method), Server.Of(target.Uri.Host), ServerPort.Of(BoxedNumbers.Of(target.Uri.Port)), s_url.Of(HttpConventions.UrlOf(target.Uri)),
            MeshTags.Service.Of(target.Service),
        ]);
    }

    /// <summary>Begins the span of an attempt, below that of its call.</summary>
    public static Activity? StartAttempt(in CalledTarget target, in CalledPeer peer, int resends)
    {
        if (!Source.HasListeners())
            return null;
        var method = HttpConventions.MethodOf(target.Method);
        var span = Start(s_attempt, SpanNameOf(method), target, method,
        [
            s_method.Of(method), Server.Of(target.Uri.Host), ServerPort.Of(BoxedNumbers.Of(target.Uri.Port)), s_url.Of(HttpConventions.UrlOf(target.Uri)),
            s_peer.Of(peer.Address), s_peerPort.Of(BoxedNumbers.Of(peer.Port)),
        ]);
        if (span is not { IsAllDataRequested: true })
            return span;
        if (resends > 0)
            span.SetTag(s_resend.Name, BoxedNumbers.Of(resends));
        if (peer.IsHedge)
            span.SetTag(s_hedge.Name, BoxedNumbers.True);
        return span;
    }

    /// <summary>Ends a call.</summary>
    public void EndCall(Activity? span, in CalledTarget target, in CallVerdict verdict, string end, int attempts, TimeSpan elapsed)
    {
        if (span is not null)
        {
            if (span.IsAllDataRequested)
                span.SetTag(Attempts.Name, BoxedNumbers.Of(attempts)).SetTag(CallEnd.Name, end);
            End(span, verdict);
        }
        if (!_calls.Enabled)
            return;
        var tags = new TagList { MeshTags.Service.Of(target.Service), s_method.Of(HttpConventions.MethodOf(target.Method)), CallEnd.Of(end) };
        Add(ref tags, verdict);
        _calls.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>Ends an attempt.</summary>
    public void EndAttempt(Activity? span, in CalledTarget target, in CalledPeer peer, in CallVerdict verdict, Version? version, string result)
    {
        if (span is not null)
        {
            if (span.IsAllDataRequested)
            {
                span.SetTag(AttemptResult.Name, result);
                if (version is not null)
                    span.SetTag(s_version.Name, HttpConventions.VersionOf(version));
            }
            End(span, verdict);
        }
        if (!_attempts.Enabled)
            return;
        var tags = new TagList
        {
            MeshTags.Service.Of(target.Service), s_peer.Of(peer.Address), s_peerPort.Of(BoxedNumbers.Of(peer.Port)), AttemptResult.Of(result),
            s_hedge.Of(BoxedNumbers.Of(peer.IsHedge)),
        };
        Add(ref tags, verdict);
        _attempts.Add(1, tags);
    }

    // Samplers decide by what a span begins with.
    private static Activity? Start(SpanDefinition definition, string name, in CalledTarget target, string method, KeyValuePair<string, object?>[] attributes)
    {
        var span = Source.StartActivity(name, definition.Kind, default(ActivityContext), attributes);
        if (span is { IsAllDataRequested: true } && method == HttpConventions.Other)
            span.SetTag(s_methodOriginal.Name, target.Method.Method);
        return span;
    }

    private static void End(Activity span, in CallVerdict verdict)
    {
        if (span.IsAllDataRequested)
        {
            if (verdict.Status is { } status)
                span.SetTag(s_status.Name, BoxedNumbers.Of(status));
            if (verdict.ErrorType is { } error)
                span.SetTag(MeshTags.ErrorType.Name, error).SetStatus(ActivityStatusCode.Error, verdict.Error?.Message);
        }
        span.Dispose();
    }

    private static void Add(ref TagList tags, in CallVerdict verdict)
    {
        if (verdict.Status is { } status)
            tags.Add(s_status.Of(BoxedNumbers.Of(status)));
        if (verdict.ErrorType is { } error)
            tags.Add(MeshTags.ErrorType.Of(error));
    }

    private static string SpanNameOf(string method) => method == HttpConventions.Other ? "HTTP" : method;
}
