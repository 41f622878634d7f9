using MeshClient.Endpoints;
using MeshClient.Identity;
using MeshClient.Primitives;
using MeshClient.Transport;
using MeshClient.Transport.Security;

namespace MeshClient.Resilience;

/// <summary>What an attempt's answer or exception says of the endpoint, and whether the call may be tried again.</summary>
internal static class FailureClassifier
{
    /// <summary>What an answer's status says of its endpoint. A 4xx is the caller's doing.</summary>
    public static Outcome Of(int status) => status switch
    {
        < 400 => Outcome.Success,
        < 500 and not 429 => Outcome.ClientError,
        429 => Outcome.Overloaded,
        502 or 503 or 504 => Outcome.GatewayFailure,
        _ => Outcome.ServerError,
    };

    /// <summary>What an exception of the transport says of its endpoint.</summary>
    /// <param name="exception">What the transport threw.</param>
    /// <param name="scope">Why the attempt's own token was cancelled, if it was.</param>
    public static Outcome Of(Exception exception, ScopeEnd scope) => exception switch
    {
        // The transport may dress a cancelled operation as a broken connection: the scope knows better.
        _ when scope == ScopeEnd.TimedOut => Outcome.Timeout,
        _ when scope == ScopeEnd.Cancelled => Outcome.Cancelled,
        // This process has no certificate to show: no endpoint is to blame for that, and none would do better.
        _ when IsOwn(exception) => Outcome.Cancelled,
        SecureVersionException => Outcome.Cancelled,
        // The limit is this process's own, and every endpoint would answer so.
        _ when AnswerError.IsOverLimit(exception) => Outcome.Cancelled,
        _ when Causes.Find<PeerDeniedException>(exception) is { IsAlert: true } => Outcome.Denied,
        // An intention ended it while it ran, which is no failure of the instance and would be the same on each.
        _ when Causes.Find<HttpProtocolException>(exception)?.ErrorCode == Http2Error.InadequateSecurity => Outcome.ClientError,
        _ when Causes.Find<MissingPrefaceException>(exception) is not null => Outcome.ConnectFailure,
        HttpRequestException error when TransportWords.IsNoConnection(error) => Outcome.ConnectFailure,
        HttpRequestException error when TransportWords.IsFaultOfRequest(error) => Outcome.Cancelled,
        // The transport's own connect timeout: its token is none of ours.
        OperationCanceledException => Outcome.ConnectFailure,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError or HttpRequestError.VersionNegotiationError
        } => Outcome.ConnectFailure,
        HttpRequestException or IOException => Outcome.TransportFailure,
        // A fault of the request itself (an unreadable body, a header that cannot be sent) says nothing of the endpoint.
        _ => Outcome.Cancelled,
    };

    // HTTP/2 tells of a connection's end from several layers below.
    private static bool IsOwn(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is MeshIdentityException { IsOwn: true })
                return true;
        }
        return false;
    }

    /// <summary>Whether another endpoint may do better. A 500 is the application's answer, the same everywhere; the others are about the instance.</summary>
    public static bool IsRetryable(Outcome outcome) =>
        outcome is Outcome.ConnectFailure or Outcome.TransportFailure or Outcome.Timeout or Outcome.GatewayFailure or Outcome.Overloaded or Outcome.Denied;

    /// <summary>Under which condition a request may be sent again that ended by this exception.</summary>
    public static Resend ResendOf(Outcome outcome, Exception error) => outcome switch
    {
        Outcome.TransportFailure when IsUnprocessed(error) => Resend.IfRepeatable,
        // No server has the request, but some of its body may have gone into the connection.
        Outcome.ConnectFailure when Causes.Find<MissingPrefaceException>(error) is not null => Resend.IfRepeatable,
        _ => ResendOf(outcome),
    };

    /// <summary>
    /// Whether the server has not begun: it has said so (RFC 9113, 8.7), by REFUSED_STREAM or a GOAWAY whose last stream is before this one, or the request never left. The
    /// transport has then tried the same server three times more.
    /// </summary>
    // The transport marks them by a property that is internal to it. What shows is that it gives them words of its own; other errors of the protocol it only repeats.
    private static bool IsUnprocessed(Exception error) => error switch
    {
        HttpRequestException { InnerException: HttpProtocolException protocol } => error.Message != protocol.Message,
        HttpRequestException http => TransportWords.IsUnsent(http),
        _ => false,
    };

    /// <summary>
    /// Under which condition a request may be sent again that ended so. Before there is a connection, no byte of it has left; a peer that refused this process has read
    /// none.
    /// </summary>
    public static Resend ResendOf(Outcome outcome) => outcome switch
    {
        Outcome.ConnectFailure => Resend.Yes,
        Outcome.Denied => Resend.IfRepeatable,
        _ => IsRetryable(outcome) ? Resend.IfIdempotent : Resend.No,
    };
}
