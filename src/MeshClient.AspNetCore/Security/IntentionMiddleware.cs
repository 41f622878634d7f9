using MeshClient.AspNetCore.Inbound;
using MeshClient.Grpc;
using MeshClient.Identity;
using MeshClient.Intentions;
using MeshClient.Primitives;
using MeshClient.Resilience;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace MeshClient.AspNetCore.Security;

/// <summary>
/// Decides each request by the intentions that are in force at its beginning, whatever its connection was when it began; what runs for longer is decided
/// again by each change.
/// </summary>
internal sealed class IntentionMiddleware
{
    private readonly RequestDelegate _next;
    private readonly IntentionKeeper _intentions;
    private readonly RunningRequests _running;
    private readonly IntentionMetrics _decisions;
    private readonly InboundMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _decisionLog;
    private readonly ILogger _log;
    // One each: whoever fills one with addresses or spellings must not hide what the others say.
    private readonly LogThrottle _unguarded;
    private readonly LogThrottle _decided;
    private readonly LogThrottle _plain;
    private readonly LogThrottle _ended;
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
        _unguarded = new LogThrottle(time, Refusals.Interval);
        _decided = new LogThrottle(time, Refusals.Interval);
        _plain = new LogThrottle(time, Refusals.Interval);
        _ended = new LogThrottle(time, Refusals.Interval);
        _dryRun = security.DryRun;
        if (!_dryRun)
            intentions.Changed += OnChanged;
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<MeshConnection>() is not { } connection)
        {
            if (_unguarded.Passes("", out _))
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
            CountPlain(connection);
        return DecideAsync(context, connection);
    }

    private async Task DecideAsync(HttpContext context, MeshConnection connection)
    {
        var request = _running.Begin(context, connection.Id, _intentions.Current, out var stripe);
        try
        {
            var decision = request.Decide(_intentions.Current);
            if (decision.IsAllowed)
                _decisions.Allowed(decision);
            else if (IsRefused(context, decision, connection))
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

    private bool IsRefused(HttpContext context, in IntentionDecision decision, MeshConnection connection)
    {
        if (_dryRun)
            _decisions.WouldDeny(decision);
        else
            _decisions.Denied(decision);
        if (_decided.Passes($"{connection.Id} {decision}", out var heldBack))
            Log(context, decision, connection, heldBack);
        return !_dryRun;
    }

    // Without the query, which no intention reads and which may hold secrets.
    private void Log(HttpContext context, in IntentionDecision decision, MeshConnection connection, int heldBack)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var (method, path) = (Printable.Of(context.Request.Method), Printable.Of(target.Split('?', 2)[0]));
        var (address, reason) = (connection.Address?.ToString() ?? "an unknown address", decision.Explain(connection.Id));
        if (_dryRun)
            _decisionLog.RequestWouldBeDenied(method, path, address, heldBack, reason);
        else
            _decisionLog.RequestDenied(method, path, address, heldBack, reason);
    }

    private void CountPlain(MeshConnection connection)
    {
        _metrics.PlainRequest(connection.Address);
        if (_plain.Passes(connection.Address?.ToString() ?? "", out var heldBack))
            _log.PlainTextServed(connection.Address?.ToString() ?? "An unknown address", heldBack);
    }

    private void OnChanged(IntentionTable table) => _running.Recheck(table, (request, decision) =>
    {
        // First of all: whatever listens to the log or the metrics may fail. The mark before the end, which the call's meter may see at once.
        request.Call?.Deny();
        End(request.Context!);
        _metrics.Aborted(decision);
        if (_ended.Passes($"{request.Caller} {decision}", out var heldBack))
            _log.RunningRequestEnded(heldBack, decision.Explain(request.Caller));
    });

    // A stream of gRPC that is reset so has ended with PERMISSION_DENIED (gRPC over HTTP/2, "Errors").
    private static void End(HttpContext context)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol) && GrpcRequest.IsMediaType(context.Request.ContentType) && context.Features.Get<IHttpResetFeature>() is { } reset)
            reset.Reset((int)Http2Error.InadequateSecurity);
        else
            context.Abort();
    }

    // The caller is not told why: the rule stands in the log.
    private static Task Deny(HttpContext context)
    {
        var response = context.Response;
        if (GrpcRequest.IsMediaType(context.Request.ContentType))
        {
            GrpcStatusAnswer.Set(response, GrpcStatusAnswer.PermissionDenied, message: null);
            return Task.CompletedTask;
        }
        response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}
