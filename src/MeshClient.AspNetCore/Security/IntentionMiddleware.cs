using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Primitives;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Decides each request by the intentions that are in force at its beginning, whatever its connection was when it began; what runs for longer is decided
/// again by each change.
/// </summary>
internal sealed class IntentionMiddleware
{
    private const string GrpcPermissionDenied = "7";

    private readonly RequestDelegate _next;
    private readonly IntentionKeeper _intentions;
    private readonly RunningRequests _running;
    private readonly IntentionMetrics _decisions;
    private readonly InboundMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _decisionLog;
    private readonly ILogger _log;
    private readonly LogThrottle _throttle;
    private readonly bool _dryRun;

    public IntentionMiddleware(
        RequestDelegate next, MeshSecurity security, IntentionKeeper intentions, RunningRequests running, IntentionMetrics decisions, InboundMetrics metrics,
        TimeProvider time, ILogger<IntentionKeeper> decisionLog, ILogger<ConnectionGate> log)
    {
        _next = next;
        _intentions = intentions;
        _running = running;
        _decisions = decisions;
        _metrics = metrics;
        _time = time;
        _decisionLog = decisionLog;
        _log = log;
        _throttle = new LogThrottle(time, Refusals.Interval);
        _dryRun = security.DryRun;
        if (!_dryRun)
            intentions.Changed += OnChanged;
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<MeshConnection>() is not { } connection)
        {
            if (_throttle.Passes("unguarded", out _))
                _log.ConnectionUnguarded();
            return Deny(context);
        }
        if (connection.Standing == ConnectionStanding.LeftAlone)
            return _next(context);
        if (connection.NotAfter is { } end && end <= _time.GetUtcNow())
        {
            // The connection ends by itself at this moment.
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            return Deny(context);
        }
        if (connection.Standing == ConnectionStanding.Plain)
            CountPlain(context);
        return DecideAsync(context, connection);
    }

    private async Task DecideAsync(HttpContext context, MeshConnection connection)
    {
        var request = _running.Begin(context, connection.Id, out var stripe);
        try
        {
            var decision = request.Decide(_intentions.Current);
            if (decision.IsAllowed)
                _decisions.Allowed(decision);
            else if (IsRefused(decision, connection.Id))
            {
                await Deny(context).ConfigureAwait(false);
                return;
            }
            await _next(context).ConfigureAwait(false);
        }
        finally
        {
            _running.End(request, stripe);
        }
    }

    private bool IsRefused(in IntentionDecision decision, SpiffeId? caller)
    {
        if (_dryRun)
            _decisions.WouldDeny(decision);
        else
            _decisions.Denied(decision);
        if (_throttle.Passes($"{caller} {decision}", out _))
        {
            if (_dryRun)
                _decisionLog.RequestWouldBeDenied(decision.Explain(caller));
            else
                _decisionLog.RequestDenied(decision.Explain(caller));
        }
        return !_dryRun;
    }

    private void CountPlain(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        _metrics.PlainRequest(address);
        if (_throttle.Passes($"plain {address}", out var heldBack))
            _log.PlainTextServed(address?.ToString() ?? "An unknown address", heldBack);
    }

    private void OnChanged(IntentionTable table) => _running.Recheck(table, (request, decision) =>
    {
        _metrics.Aborted(decision);
        if (_throttle.Passes($"ended {request.Caller} {decision}", out var heldBack))
            _log.RunningRequestEnded(heldBack, decision.Explain(request.Caller));
        request.Context!.Abort();
    });

    // The caller is not told why: the rule stands in the log.
    private static Task Deny(HttpContext context)
    {
        var response = context.Response;
        if (IsGrpc(context.Request.ContentType))
        {
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = GrpcPermissionDenied;
            return Task.CompletedTask;
        }
        response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static bool IsGrpc(string? contentType) =>
        contentType is not null && contentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == "application/grpc".Length || contentType["application/grpc".Length] is '+' or ';' or ' ');
}
