using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MeshClient.Telemetry;

/// <summary>What a call was made to, as its signals tell it.</summary>
/// <param name="Service">The mesh's name of the service.</param>
/// <param name="Method">The method of the request.</param>
/// <param name="Uri">Its logical URL.</param>
internal readonly record struct CalledTarget(string Service, HttpMethod Method, Uri? Uri);

/// <summary>How a call or an attempt ended, as its signals tell it.</summary>
/// <param name="Status">The status of the answer; null = there was none.</param>
/// <param name="Error">Why there was none.</param>
internal readonly record struct CallVerdict(int? Status, Exception? Error)
{
    /// <summary>OpenTelemetry's <c>error.type</c>; null = it went well.</summary>
    public object? ErrorType => Status is { } status ? (status >= 400 ? StatusTexts.Of(status) : null) : Error?.GetType().FullName ?? "_OTHER";
}

/// <summary>The spans of calls and attempts and the instruments beside them. A call that nobody listens to does not come here.</summary>
internal sealed class CallTelemetry
{
    private static readonly TagDefinition s_method = new("http.request.method", "The method; `_OTHER` for one that no standard names.");
    private static readonly TagDefinition s_status = new("http.response.status_code", "The status of the answer; absent where there was none.");
    private static readonly TagDefinition s_end = new(
        "mesh.call.end", "Why the call ended: `CallEnd` says what each means.",
        "answered", "not_repeatable", "retries_off", "attempts_exhausted", "budget_exhausted", "deadline_too_near",
        "retry_forbidden", "no_endpoint", "limit_reached", "deadline_passed", "cancelled", "request_fault");

    private static readonly TagDefinition s_result = new(
        "mesh.attempt.result", "What the attempt says of the instance.",
        "success", "client_error", "gateway_failure", "server_error", "connect_failure", "transport_failure", "timeout", "cancelled", "overloaded");

    private static readonly TagDefinition s_hedge = new("mesh.attempt.hedge", "True where the attempt was sent beside one that had not been answered yet.");
    private static readonly TagDefinition s_attempts = new("mesh.call.attempts", "How many attempts the call made.");
    private static readonly TagDefinition s_resend = new("http.request.resend_count", "The number of the attempt after the first; absent on the first.");
    private static readonly TagDefinition s_server = new("server.address", "The logical name, as it stands in the URL.");
    private static readonly TagDefinition s_serverPort = new("server.port", "The port of the logical URL.");
    private static readonly TagDefinition s_url = new("url.full", "The logical URL, with `*` in place of its query.");
    private static readonly TagDefinition s_peer = new("network.peer.address", "The address of the instance, as the registry knows it.");
    private static readonly TagDefinition s_peerPort = new("network.peer.port", "The port of the instance.");
    private static readonly TagDefinition s_version = new("network.protocol.version", "The version of HTTP of the answer.");

    private static readonly HistogramDefinition s_durations = new(
        "mesh.client.call.duration", "s", "From the call to the headers of its answer or its failure, retries and waits included.", HistogramDefinition.Durations,
        MeshTags.Service, s_method, s_status, MeshTags.ErrorType, s_end);

    private static readonly CounterDefinition s_attemptCount = new(
        "mesh.client.attempts", "{attempt}", "Attempts, by the instance they went to. How long they took is in .NET's `http.client.request.duration`.",
        MeshTags.Service, s_peer, s_peerPort, s_status, MeshTags.ErrorType, s_result, s_hedge);

    private static readonly SpanDefinition s_call = new(
        "{method} {service}", ActivityKind.Client, "One call, from its start to the headers of its answer or its failure.",
        s_method, s_server, s_serverPort, s_url, s_status, MeshTags.ErrorType, MeshTags.Service, s_attempts, s_end);

    private static readonly SpanDefinition s_attempt = new(
        "{method}", ActivityKind.Client, "One attempt of a call, to the headers of its answer or its failure. Its context is what the instance is sent.",
        s_method, s_server, s_serverPort, s_url, s_status, MeshTags.ErrorType, s_peer, s_peerPort, s_version, s_resend, s_hedge, s_result);

    private static readonly ActivitySource s_source = new(MeshTelemetry.Name, MeshTelemetry.Version);

    private readonly Histogram<double> _calls;
    private readonly Counter<long> _attempts;

    public CallTelemetry(IMeterFactory meters)
    {
        var meter = MeshTelemetry.MeterOf(meters);
        _calls = s_durations.Create(meter);
        _attempts = s_attemptCount.Create(meter);
    }

    /// <summary>Whether anybody listens to what this measures.</summary>
    public bool IsListenedTo => s_source.HasListeners() || _calls.Enabled || _attempts.Enabled;

    /// <summary>Begins the span of a call.</summary>
    public static Activity? StartCall(in CalledTarget target) =>
        s_source.HasListeners() ? Start(s_call, $"{MethodName(target.Method)} {target.Service}", target)?.SetTag(MeshTags.Service.Name, target.Service) : null;

    /// <summary>Begins the span of an attempt, below that of its call.</summary>
    public static Activity? StartAttempt(in CalledTarget target, string address, int port, int resends, bool isHedge)
    {
        if (!s_source.HasListeners() || Start(s_attempt, MethodName(target.Method), target) is not { } span)
            return null;
        span.SetTag(s_peer.Name, address).SetTag(s_peerPort.Name, port);
        if (resends > 0)
            span.SetTag(s_resend.Name, resends);
        if (isHedge)
            span.SetTag(s_hedge.Name, true);
        return span;
    }

    /// <summary>Ends a call.</summary>
    public void EndCall(Activity? span, in CalledTarget target, in CallVerdict verdict, string end, int attempts, TimeSpan elapsed)
    {
        if (span is not null)
        {
            span.SetTag(s_attempts.Name, attempts).SetTag(s_end.Name, end);
            End(span, verdict);
        }
        if (!_calls.Enabled)
            return;
        var tags = new TagList { MeshTags.Service.Of(target.Service), s_method.Of(MethodName(target.Method)), s_end.Of(end) };
        Add(ref tags, verdict);
        _calls.Record(elapsed.TotalSeconds, tags);
    }

    /// <summary>Ends an attempt.</summary>
    public void EndAttempt(
        Activity? span, in CalledTarget target, in CallVerdict verdict, string address, int port, Version? version, string result, bool isHedge)
    {
        if (span is not null)
        {
            span.SetTag(s_result.Name, result);
            if (version is not null)
                span.SetTag(s_version.Name, version.Minor == 0 && version.Major > 1 ? version.Major.ToString(System.Globalization.CultureInfo.InvariantCulture) : version.ToString());
            End(span, verdict);
        }
        if (!_attempts.Enabled)
            return;
        var tags = new TagList { MeshTags.Service.Of(target.Service), s_peer.Of(address), s_peerPort.Of(port), s_result.Of(result), s_hedge.Of(isHedge) };
        Add(ref tags, verdict);
        _attempts.Add(1, tags);
    }

    private static Activity? Start(SpanDefinition definition, string name, in CalledTarget target)
    {
        // Samplers decide by what a span begins with.
        var tags = new ActivityTagsCollection
        {
            [s_method.Name] = MethodName(target.Method), [s_server.Name] = target.Uri?.Host, [s_serverPort.Name] = target.Uri?.Port,
            [s_url.Name] = RedactedUrl(target.Uri),
        };
        return s_source.StartActivity(name, definition.Kind, default(ActivityContext), tags);
    }

    private static void End(Activity span, in CallVerdict verdict)
    {
        if (verdict.Status is { } status)
            span.SetTag(s_status.Name, status);
        if (verdict.ErrorType is { } error)
            span.SetTag(MeshTags.ErrorType.Name, error).SetStatus(ActivityStatusCode.Error, verdict.Error?.Message);
        span.Dispose();
    }

    private static void Add(ref TagList tags, in CallVerdict verdict)
    {
        if (verdict.Status is { } status)
            tags.Add(s_status.Of(status));
        if (verdict.ErrorType is { } error)
            tags.Add(MeshTags.ErrorType.Of(error));
    }

    private static string MethodName(HttpMethod method) => method.Method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "CONNECT" or "OPTIONS" or "TRACE" or "PATCH" or "QUERY" => method.Method,
        _ => "_OTHER",
    };

    // A query may hold what no trace should; .NET's own client hides it the same way.
    private static string? RedactedUrl(Uri? uri) =>
        uri is null ? null : uri.Query.Length <= 1 ? uri.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped)
        : uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) + "?*";
}
