using MeshClient.Clusters;
using MeshClient.Endpoints;
using MeshClient.Resilience;
using MeshClient.Telemetry;
using Microsoft.Extensions.Logging;

namespace MeshClient.Http;

/// <summary>What is said of single calls, all of it at Debug: a busy service makes thousands a second.</summary>
[LogEvents(typeof(CallPipeline), 1500, 1599)]
internal static partial class CallLog
{
    private static readonly string s_category = typeof(CallPipeline).FullName!;

    /// <summary>What says, once it is known, where a retry goes; null = nobody reads it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="number">The number of the attempt, from 2.</param>
    /// <param name="wait">The wait before it.</param>
    /// <param name="last">The attempt before.</param>
    public static Action<EndpointState>? Retries(in Call call, int number, TimeSpan wait, AttemptResult last)
    {
        var (logger, service) = (LoggerOf(call.Cluster), call.Cluster.Name);
        if (!logger.IsEnabled(LogLevel.Debug))
            return null;
        var why = last.Response is { } response ? $"{(int)response.StatusCode} {last.Outcome}" : $"{last.Outcome}: {last.Error?.Message}";
        return to => Retried(logger, service, number, to.Endpoint, wait.TotalMilliseconds, last.Endpoint?.Endpoint, why);
    }

    /// <summary>What says, once it is known, where a hedge goes; null = nobody reads it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="slow">The endpoint that has not answered.</param>
    /// <param name="wait">For how long it has not.</param>
    public static Action<EndpointState>? Hedges(in Call call, EndpointState? slow, TimeSpan wait)
    {
        var (logger, service) = (LoggerOf(call.Cluster), call.Cluster.Name);
        return logger.IsEnabled(LogLevel.Debug) ? to => Hedged(logger, service, to.Endpoint, slow?.Endpoint, wait.TotalMilliseconds) : null;
    }

    /// <summary>Says that a call ends without an answer, and notes why where the call could not.</summary>
    public static void Failed(in Call call, CallReport report, Exception error)
    {
        report.EndIfPending(CallErrors.EndOf(error));
        Failed(LoggerOf(call.Cluster), call.Cluster.Name, call.Request.Method, report.Count, report.End, error.Message);
    }

    // Kept by the factory. Looked up only where something has gone wrong.
    private static ILogger LoggerOf(Cluster cluster) => cluster.Loggers.CreateLogger(s_category);

    [LoggerMessage(1500, LogLevel.Debug, "{Service}: attempt {Attempt} goes to {Endpoint} after a wait of {Wait:0.###} ms, since {Failed} failed ({Why}).", EventName = "CallRetried")]
    private static partial void Retried(ILogger logger, string service, int attempt, Model.Endpoint endpoint, double wait, Model.Endpoint? failed, string why);

    [LoggerMessage(1501, LogLevel.Debug, "{Service}: a hedge goes to {Endpoint}, since {Slow} has not answered for {Wait:0.###} ms.", EventName = "CallHedged")]
    private static partial void Hedged(ILogger logger, string service, Model.Endpoint endpoint, Model.Endpoint? slow, double wait);

    [LoggerMessage(1502, LogLevel.Debug, "{Service}: {Method} ended without an answer after {Attempts} attempts ({End}). {Reason}", EventName = "CallFailed")]
    private static partial void Failed(ILogger logger, string service, HttpMethod method, int attempts, CallEnd end, string reason);
}
