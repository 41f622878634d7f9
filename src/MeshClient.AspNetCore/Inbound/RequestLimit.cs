using MeshClient.Configuration;
using MeshClient.Consul.Registration;
using MeshClient.Grpc;
using MeshClient.Primitives;
using MeshClient.Resilience;
using MeshClient.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Inbound;

/// <summary>
/// Refuses what comes while as many requests are being served as may be (<c>Mesh:Inbound:MaxConcurrentRequests</c>): at once, so that the caller can go
/// elsewhere while it has time. A queue here would serve only those who no longer wait.
/// </summary>
[LogEvents(typeof(RequestLimit), 1430, 1439)]
internal sealed partial class RequestLimit(
    RequestDelegate next, MeshOptionsSource options, RequestLimitMetrics metrics, TimeProvider time, ILogger<RequestLimit> logger)
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(10);

    private readonly LogThrottle _refused = new(time, s_quiet);
    private readonly int _most = options.Current.Inbound.MaxConcurrentRequests ?? int.MaxValue;
    private readonly CheckRequests _checks = new(options.Current.Service);
    private int _running;

    public Task InvokeAsync(HttpContext context) => _checks.Contains(context.Request.Path) ? next(context) : LimitAsync(context);

    private async Task LimitAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _running) > _most)
                Refuse(context);
            else
                await next(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private void Refuse(HttpContext context)
    {
        InboundCall.Current?.NoteRefused();
        var isGrpc = GrpcRequest.IsMediaType(context.Request.ContentType);
        if (isGrpc)
            GrpcStatusAnswer.Set(context.Response, GrpcStatusAnswer.ResourceExhausted, "This instance serves as many requests as it may.");
        else
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        metrics.Refused(isGrpc);
        if (_refused.Passes("", out var heldBack))
            LogRefused(logger, _most, heldBack);
    }

    [LoggerMessage(1430, LogLevel.Warning,
        "A request was refused, since {Most} are being served (Mesh:Inbound:MaxConcurrentRequests); {HeldBack} more since it was last said.",
        EventName = "RequestLimitReached")]
    private static partial void LogRefused(ILogger logger, int most, int heldBack);

    /// <summary>
    /// What asks how this instance is: refused, it would take a busy instance out of the registry and give its load to the others; and its streams last as
    /// long as their callers.
    /// </summary>
    private sealed class CheckRequests(ServiceOptions service)
    {
        private static readonly string[] s_methods = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List"];

        // Whoever asks: the agent, or a probe of the platform.
        private readonly PathString _http = new((service.Check.Path ?? "/health").Split('?', 2)[0]);

        public bool Contains(PathString path) => path == _http || StandingStreams.Contains(path) || Array.IndexOf(s_methods, path.Value) >= 0;
    }
}
